#include "pstn.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Blocks that the driver may hold either way: emulation stands still for some hundred milliseconds. */
enum { buffers = 32 };

static struct line lines[lines_most];

static const struct {
	const char *name;
	int value;
} signallings[] = {
	{ "bearer", DAHDI_SIG_CLEAR },	 { "dchan", DAHDI_SIG_HDLCFCS }, { "clear", DAHDI_SIG_CLEAR },
	{ "fxsls", DAHDI_SIG_FXSLS },	 { "fxsgs", DAHDI_SIG_FXSGS },	 { "fxsks", DAHDI_SIG_FXSKS },
	{ "fxols", DAHDI_SIG_FXOLS },	 { "fxogs", DAHDI_SIG_FXOGS },	 { "fxoks", DAHDI_SIG_FXOKS },
	{ "em", DAHDI_SIG_EM },		 { "none", DAHDI_SIG_NONE },	 { "cas", DAHDI_SIG_CAS },
};

static int control(unsigned long request, void *argument)
{
	int file = open("/dev/dahdi/ctl", O_RDWR), result;

	if (file < 0)
		return -1;
	result = ioctl(file, request, argument);
	close(file);
	return result;
}

const char *configure_span(int span, const char *signalling)
{
	struct dahdi_lineconfig config = { .span = span, .lineconfig = DAHDI_CONFIG_ESF | DAHDI_CONFIG_B8ZS };

	if (!strcmp(signalling, "ccs"))
		config.lineconfig |= DAHDI_CONFIG_CCS;
	if (!strcmp(signalling, "e1"))
		config.lineconfig = DAHDI_CONFIG_CCS | DAHDI_CONFIG_HDB3 | DAHDI_CONFIG_CRC4;
	return control(DAHDI_SPANCONFIG, &config) ? failure("span") : NULL;
}

const char *configure_channel(int channel, const char *signalling)
{
	for (unsigned i = 0; i < sizeof(signallings) / sizeof(*signallings); i++) {
		struct dahdi_chanconfig config = { .chan = channel, .sigtype = signallings[i].value };

		if (strcmp(signallings[i].name, signalling))
			continue;
		config.deflaw = DAHDI_LAW_MULAW;
		config.master = channel;
		return control(DAHDI_CHANCONFIG, &config) ? failure("set") : NULL;
	}
	return "there is no such signalling";
}

const char *start_span(int span)
{
	return control(DAHDI_STARTUP, &span) ? failure("start") : NULL;
}

int open_channel(int channel)
{
	int file = open("/dev/dahdi/channel", O_RDWR | O_NONBLOCK);

	if (file >= 0 && ioctl(file, DAHDI_SPECIFY, &channel)) {
		close(file);
		return -1;
	}
	return file;
}

struct line *line_of(int channel)
{
	for (unsigned i = 0; i < lines_most; i++)
		if (lines[i].channel == channel && channel > 0)
			return &lines[i];
	return NULL;
}

const char *open_line(int channel)
{
	struct dahdi_bufferinfo info = {
		.txbufpolicy = DAHDI_POLICY_HALF_FULL,
		.rxbufpolicy = DAHDI_POLICY_IMMEDIATE,
		.numbufs = buffers,
		.bufsize = block,
	};
	struct line *line = NULL;

	for (unsigned i = 0; i < lines_most && !line; i++)
		if (lines[i].channel == 0)
			line = &lines[i];
	if (!line || line_of(channel))
		return "the line is open, or there are too many";
	memset(line, 0, sizeof(*line));
	line->file = open_channel(channel);
	if (line->file < 0)
		return failure("open");
	if (ioctl(line->file, DAHDI_SET_BUFINFO, &info)) {
		const char *why = failure("buffers");

		close(line->file);
		return why;
	}
	line->channel = channel;
	return NULL;
}

const char *close_line(int channel)
{
	struct line *line = line_of(channel);

	close(line->file);
	sound_end(&line->sound);
	line->channel = 0;
	return NULL;
}

const char *hook_line(int channel, const char *what)
{
	static const struct {
		const char *name;
		int value;
	} hooks[] = {
		{ "on", DAHDI_ONHOOK },	    { "off", DAHDI_OFFHOOK }, { "wink", DAHDI_WINK },	    { "flash", DAHDI_FLASH },
		{ "start", DAHDI_START },   { "ring", DAHDI_RING },   { "ringoff", DAHDI_RINGOFF },
	};

	for (unsigned i = 0; i < sizeof(hooks) / sizeof(*hooks); i++) {
		int value = hooks[i].value;

		if (strcmp(hooks[i].name, what))
			continue;
		/* The driver takes its time for ring, wink and flash, and says so. */
		if (ioctl(line_of(channel)->file, DAHDI_HOOK, &value) && errno != EINPROGRESS)
			return failure(what);
		return NULL;
	}
	return "there is no such hook";
}

/* Signalling bits ABCD as they are, whatever they mean; of a channel that is set to `cas`. */
const char *bits_line(int channel, int bits)
{
	return ioctl(line_of(channel)->file, DAHDI_SETTXBITS, &bits) ? failure("bits") : NULL;
}

/* The driver dials nothing without a zone of tones; pulses have none. Loaded late, so that nobody else lives on it. */
static const char *ensure_zone(void)
{
	static bool loaded;
	struct dahdi_tone_def_header zone = { .zone = 0, .ringcadence = { 2000, 4000 }, .name = "pulses" };

	if (loaded)
		return NULL;
	if (control(DAHDI_LOADZONE, &zone) && errno != EBUSY && errno != EINVAL)
		return failure("zone");
	loaded = true;
	return NULL;
}

const char *pulse_line(int channel, const char *digits)
{
	struct dahdi_dialoperation dial = { .op = DAHDI_DIAL_OP_REPLACE };
	struct line *line = line_of(channel);
	const char *why = ensure_zone();
	int zone = 0;

	if (why)
		return why;
	if (ioctl(line->file, DAHDI_SETTONEZONE, &zone))
		return failure("zone of the line");
	snprintf(dial.dialstr, sizeof(dial.dialstr), "P%s", digits);
	return ioctl(line->file, DAHDI_DIAL, &dial) ? failure("dial") : NULL;
}

static void hear_event(struct line *line)
{
	static const char *const names[] = {
		[DAHDI_EVENT_ONHOOK] = "onhook",	   [DAHDI_EVENT_RINGOFFHOOK] = "offhook",
		[DAHDI_EVENT_WINKFLASH] = "winkflash",	   [DAHDI_EVENT_ALARM] = "alarm",
		[DAHDI_EVENT_NOALARM] = "noalarm",	   [DAHDI_EVENT_DIALCOMPLETE] = "dialled",
		[DAHDI_EVENT_RINGERON] = "ringeron",	   [DAHDI_EVENT_RINGEROFF] = "ringeroff",
		[DAHDI_EVENT_HOOKCOMPLETE] = "hooked",	   [DAHDI_EVENT_PULSE_START] = "pulses",
		[DAHDI_EVENT_POLARITY] = "polarity",	   [DAHDI_EVENT_RINGBEGIN] = "ringbegin",
		[DAHDI_EVENT_REMOVED] = "removed",
	};
	int event = 0;

	if (ioctl(line->file, DAHDI_GETEVENT, &event) || event == DAHDI_EVENT_NONE)
		return;
	if (event & DAHDI_EVENT_PULSEDIGIT)
		say("event line %d pulse %c", line->channel, event & 0xff);
	else if (event < (int)(sizeof(names) / sizeof(*names)) && names[event])
		say("event line %d %s", line->channel, names[event]);
	else
		say("event line %d number%d", line->channel, event);
}

unsigned lines_to_poll(struct pollfd *polls, unsigned most)
{
	unsigned count = 0;

	for (unsigned i = 0; i < lines_most && count < most; i++) {
		if (lines[i].channel == 0)
			continue;
		polls[count].fd = lines[i].file;
		polls[count].events = POLLPRI | (lines[i].sounding ? POLLIN : 0);
		polls[count++].revents = 0;
	}
	return count;
}

static void run_sound(struct line *line)
{
	unsigned char in[block], out[block];
	ssize_t count;

	while ((count = read(line->file, in, sizeof(in))) > 0) {
		sound_block(line, in, out, count);
		if (write(line->file, out, count) != count && errno != ELAST)
			say("event line %d late", line->channel);
	}
}

void lines_polled(const struct pollfd *polls, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		for (unsigned j = 0; j < lines_most; j++) {
			struct line *line = &lines[j];

			if (line->channel == 0 || line->file != polls[i].fd)
				continue;
			if (polls[i].revents & POLLPRI)
				hear_event(line);
			if (line->sounding && (polls[i].revents & POLLIN))
				run_sound(line);
		}
	}
}

const char *line_state(int channel)
{
	struct dahdi_params state = { .channo = channel };

	if (ioctl(line_of(channel)->file, DAHDI_GET_PARAMS, &state))
		return failure("state");
	say("state %d rx=%x tx=%x hook=%d alarms=%x", channel, state.rxbits, state.txbits, state.rxisoffhook,
	    state.chan_alarms);
	return NULL;
}
