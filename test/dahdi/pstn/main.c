#include "pstn.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void say(const char *format, ...)
{
	va_list words;

	va_start(words, format);
	vprintf(format, words);
	va_end(words);
	putchar('\n');
	fflush(stdout);
}

const char *failure(const char *what)
{
	static char text[160];

	snprintf(text, sizeof(text), "%s: %s", what, strerror(errno));
	return text;
}

static const char *line_command(int count, char **words)
{
	const char *name = words[0];
	int number = atoi(words[1]);
	struct line *line = line_of(number);

	if (!strcmp(name, "open"))
		return open_line(number);
	if (!line)
		return "the line is not open";
	if (!strcmp(name, "close"))
		return close_line(number);
	if (!strcmp(name, "state"))
		return line_state(number);
	if (!strcmp(name, "hook") && count == 3)
		return hook_line(number, words[2]);
	if (!strcmp(name, "bits") && count == 3)
		return bits_line(number, atoi(words[2]));
	if (!strcmp(name, "pulse") && count == 3)
		return pulse_line(number, words[2]);
	return sound_command(line, count, words);
}

static const char *command(char *text)
{
	char copy[4096], *words[words_most];
	int count = 0;

	snprintf(copy, sizeof(copy), "%s", text);
	for (char *word = strtok(copy, " "); word && count < words_most; word = strtok(NULL, " "))
		words[count++] = word;
	if (count < 2)
		return "what?";
	if (!strcmp(words[0], "isdn"))
		return isdn_command(count - 1, words + 1, strstr(text, "name="));
	if (!strcmp(words[0], "span") && count == 3)
		return configure_span(atoi(words[1]), words[2]);
	if (!strcmp(words[0], "set") && count == 3)
		return configure_channel(atoi(words[1]), words[2]);
	if (!strcmp(words[0], "start"))
		return start_span(atoi(words[1]));
	return line_command(count, words);
}

/* Takes what stands on standard input; false: it ended. */
static bool read_commands(void)
{
	static char text[4096];
	static unsigned filled;
	ssize_t more = read(0, text + filled, sizeof(text) - 1 - filled);
	char *end;

	if (more <= 0)
		return false;
	filled += more;
	text[filled] = '\0';
	while ((end = strchr(text, '\n'))) {
		const char *why;

		*end = '\0';
		why = command(text);
		if (why)
			say("error %s", why);
		else
			say("ok");
		filled -= end + 1 - text;
		memmove(text, end + 1, filled + 1);
	}
	return filled < sizeof(text) - 1;
}

int main(void)
{
	for (;;) {
		struct pollfd polls[lines_most + 3] = { { .fd = 0, .events = POLLIN } };
		unsigned isdn = isdn_to_poll(polls + 1);
		unsigned lines = lines_to_poll(polls + 1 + isdn, lines_most);

		if (poll(polls, 1 + isdn + lines, isdn_due()) < 0 && errno != EINTR) {
			say("event fault %s", failure("poll"));
			return 1;
		}
		isdn_polled(polls + 1, isdn);
		lines_polled(polls + 1 + isdn, lines);
		if (polls[0].revents && !read_commands())
			return 0;
	}
}
