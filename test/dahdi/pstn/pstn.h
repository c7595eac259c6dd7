/*
 * An independent telephone network for the tests: libpri and the driver's ioctl, and nothing of Holdfast's. One command a
 * line on standard input, each answered by `ok` or `error WHY`; what happens by itself is a line `event …`.
 */
#ifndef PSTN_H
#define PSTN_H

#include <dahdi/user.h>
#include <poll.h>
#include <stdbool.h>

enum { block = 160, lines_most = 64, words_most = 24 };

/* One line of output. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Why the last command failed; NULL: it did not. */
const char *failure(const char *what);

struct sound {
	bool pattern, loop, listen, noise;
	/* Pattern: what goes out, and what came in against what had to come. */
	unsigned sent, expected, known;
	unsigned long received, errors, slips;
	/* Tones that wait to be sent, as µ-law. */
	unsigned char *queue;
	unsigned queued, taken;
	/* Digits heard: which one stands, and for how many blocks. */
	char digit;
	unsigned blocks;
	short hears[205];
	unsigned heard;
	/* The strongest of the frequencies asked for. */
	double hertz, level;
};

struct line {
	int channel, file;
	bool sounding;
	struct sound sound;
};

/* line.c: channels as lines with hook, ring, pulses. */
const char *configure_span(int span, const char *signalling);
const char *configure_channel(int channel, const char *signalling);
const char *start_span(int span);
int open_channel(int channel);
const char *open_line(int channel);
const char *close_line(int channel);
const char *hook_line(int channel, const char *what);
const char *bits_line(int channel, int bits);
const char *pulse_line(int channel, const char *digits);
struct line *line_of(int channel);
unsigned lines_to_poll(struct pollfd *polls, unsigned most);
void lines_polled(const struct pollfd *polls, unsigned count);
const char *line_state(int channel);

/* sound.c: what is heard and said on a line, block by block. */
const char *sound_command(struct line *line, int count, char **words);
void sound_block(struct line *line, const unsigned char *in, unsigned char *out, unsigned count);
void sound_end(struct sound *sound);

/* hostility.c: what no telephone network sends, the same for the same seed. */
void seed_hostility(unsigned seed);
unsigned char hostile_octet(void);
int mangle(const unsigned char *frame, int length, unsigned char *changed);
int garbage(unsigned char *frame);

/* isdn.c: a D-channel, or one and its backup. */
const char *isdn_command(int count, char **words, const char *rest);
unsigned isdn_to_poll(struct pollfd *polls);
void isdn_polled(const struct pollfd *polls, unsigned count);
/* Milliseconds until libpri wants to be run, -1: not at all. */
int isdn_due(void);

#endif
