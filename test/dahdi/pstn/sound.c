#include "pstn.h"
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const double rate = 8000, full_scale_dbm0 = 3.17; /* ITU-T G.711: a sine of full scale in µ-law */
static const double rows[] = { 697, 770, 852, 941 }, columns[] = { 1209, 1336, 1477, 1633 };
static const char keys[] = "123A456B789C*0#D";
/* Two blocks of 205 samples that agree are a digit (51 ms), two without it its end. */
enum { agree = 2 };

static int16_t decode(unsigned char law)
{
	int value = ~law & 0xff, magnitude = ((((value & 0x0f) << 3) + 0x84) << ((value & 0x70) >> 4)) - 0x84;

	return value & 0x80 ? -magnitude : magnitude;
}

static unsigned char encode(int sample)
{
	int sign = sample < 0 ? 0x80 : 0, magnitude = abs(sample), segment = 7;

	magnitude = (magnitude > 32635 ? 32635 : magnitude) + 0x84;
	while (segment > 0 && !(magnitude & (0x80 << segment)))
		segment--;
	return ~(sign | (segment << 4) | ((magnitude >> (segment + 3)) & 0x0f));
}

/* A shift register of 16 bits (x^16 + x^14 + x^13 + x^11 + 1) stepped eight times: its last two octets say what follows. */
static unsigned step(unsigned state)
{
	for (int i = 0; i < 8; i++) {
		unsigned bit = ((state >> 15) ^ (state >> 13) ^ (state >> 12) ^ (state >> 10)) & 1;

		state = ((state << 1) | bit) & 0xffff;
	}
	return state;
}

static void check_pattern(struct sound *sound, unsigned char octet)
{
	if (sound->known >= 2) {
		sound->expected = step(sound->expected);
		sound->received++;
		if ((sound->expected & 0xff) == octet)
			return;
		sound->errors++;
		/* Found again from the next two octets: one change of place is one slip. */
		sound->slips++;
		sound->known = 0;
	}
	sound->expected = ((sound->expected << 8) | octet) & 0xffff;
	/* Silence is no pattern. */
	sound->known = octet == 0xff || octet == 0x7f ? 0 : sound->known + 1;
}

static double power(const int16_t *samples, unsigned count, double hertz)
{
	double factor = 2 * cos(2 * M_PI * hertz / rate), one = 0, two = 0;

	for (unsigned i = 0; i < count; i++) {
		double now = samples[i] + factor * one - two;

		two = one;
		one = now;
	}
	return (one * one + two * two - factor * one * two) / ((double)count * count / 4);
}

static double dbm0(double square)
{
	return square < 1 ? -99 : 10 * log10(square / (32124.0 * 32124.0)) + full_scale_dbm0;
}

static void listen_block(struct line *line)
{
	struct sound *sound = &line->sound;
	unsigned count = sizeof(sound->hears) / sizeof(*sound->hears), row = 0, column = 0;
	double rest = 0, total = 0, found[8];
	char digit = 0;

	for (unsigned i = 0; i < 8; i++)
		found[i] = power(sound->hears, count, i < 4 ? rows[i] : columns[i - 4]);
	for (unsigned i = 1; i < 4; i++) {
		if (found[i] > found[row])
			row = i;
		if (found[4 + i] > found[4 + column])
			column = i;
	}
	for (unsigned i = 0; i < count; i++)
		total += 2.0 * sound->hears[i] * sound->hears[i] / count;
	rest = total - found[row] - found[4 + column];
	if (dbm0(found[row]) > -30 && dbm0(found[4 + column]) > -30 && rest < total / 4)
		digit = keys[row * 4 + column];
	if (digit == sound->digit)
		sound->blocks++;
	else
		sound->blocks = 1;
	sound->digit = digit;
	if (digit && sound->blocks == agree)
		say("event line %d tone %c", line->channel, digit);
	if (sound->hertz > 0)
		sound->level = dbm0(power(sound->hears, count, sound->hertz));
}

void sound_block(struct line *line, const unsigned char *in, unsigned char *out, unsigned count)
{
	struct sound *sound = &line->sound;

	for (unsigned i = 0; i < count; i++) {
		if (sound->pattern)
			check_pattern(sound, in[i]);
		if (sound->listen) {
			sound->hears[sound->heard++] = decode(in[i]);
			if (sound->heard == sizeof(sound->hears) / sizeof(*sound->hears)) {
				listen_block(line);
				sound->heard = 0;
			}
		}
		if (sound->taken < sound->queued) {
			out[i] = sound->queue[sound->taken++];
			if (sound->taken == sound->queued)
				say("event line %d played", line->channel);
		} else if (sound->noise)
			out[i] = hostile_octet();
		else if (sound->loop)
			out[i] = in[i];
		else if (sound->pattern) {
			sound->sent = step(sound->sent);
			out[i] = sound->sent & 0xff;
		} else
			out[i] = 0xff;
	}
}

static bool append(struct sound *sound, double one, double two, double level, unsigned ms)
{
	unsigned count = ms * 8;
	double peak = 32124.0 * pow(10, (level - full_scale_dbm0) / 20);
	unsigned char *more;

	if (sound->taken == sound->queued)
		sound->taken = sound->queued = 0;
	more = realloc(sound->queue, sound->queued + count);
	if (!more)
		return false;
	for (unsigned i = 0; i < count; i++) {
		double at = 2 * M_PI * i / rate;

		more[sound->queued + i] = encode(peak * ((one ? sin(at * one) : 0) + (two ? sin(at * two) : 0)));
	}
	sound->queue = more;
	sound->queued += count;
	return true;
}

/* Sound runs from the first command on: half the driver's buffers are filled, then each block that comes is answered. */
static void begin(struct line *line)
{
	unsigned char silence[block];
	int flush = DAHDI_FLUSH_BOTH;

	if (line->sounding)
		return;
	ioctl(line->file, DAHDI_FLUSH, &flush);
	memset(silence, 0xff, sizeof(silence));
	for (unsigned i = 0; i < 16; i++)
		if (write(line->file, silence, sizeof(silence)) < 0)
			break;
	line->sounding = true;
}

const char *sound_command(struct line *line, int count, char **words)
{
	struct sound *sound = &line->sound;
	const char *name = words[0];
	bool on = count > 2 && !strcmp(words[2], "on");

	if (!strcmp(name, "report")) {
		say("report %d received=%lu errors=%lu slips=%lu level=%.1f", line->channel, sound->received, sound->errors,
		    sound->slips, sound->level);
		return NULL;
	}
	if (count < 3)
		return "what?";
	begin(line);
	if (!strcmp(name, "pattern")) {
		sound->pattern = on;
		sound->sent = 0xACE1;
		sound->known = 0;
		sound->received = sound->errors = sound->slips = 0;
	} else if (!strcmp(name, "loop"))
		sound->loop = on;
	else if (!strcmp(name, "noise"))
		sound->noise = on;
	else if (!strcmp(name, "listen")) {
		sound->listen = on;
		sound->hertz = count > 3 ? atof(words[3]) : 0;
	} else if (!strcmp(name, "tone") && count == 5) {
		if (!append(sound, atof(words[2]), 0, atof(words[3]), atoi(words[4])))
			return "no memory";
	} else if (!strcmp(name, "tones")) {
		unsigned ms = count > 3 ? atoi(words[3]) : 100;

		for (const char *digit = words[2]; *digit; digit++) {
			const char *key = strchr(keys, *digit);

			if (!key || !append(sound, rows[(key - keys) / 4], columns[(key - keys) % 4], -7, ms) ||
			    !append(sound, 0, 0, -99, ms))
				return "no such digit";
		}
	} else
		return "what?";
	return NULL;
}

void sound_end(struct sound *sound)
{
	free(sound->queue);
	sound->queue = NULL;
}
