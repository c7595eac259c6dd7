#include "pstn.h"
#include <errno.h>
#include <libpri.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <unistd.h>

enum { calls_most = 32, links_most = 2, frame_most = 512, place_bits = 0x7fff };

static struct call {
	char tag[16];
	q931_call *call;
	int channel;
} calls[calls_most];

/* The first is the primary D-channel; a second one is its backup (Q.931 annex F). */
static struct link {
	struct pri *pri;
	int file;
	/* `deaf`: nothing is read. `mute`: nothing is read that counts, and nothing is sent. */
	bool deaf, mute, up, alarmed;
} links[links_most];
static unsigned linked, arrived;
static bool hostile;

/* Whoever carries messages now. */
static struct pri *active(void)
{
	for (unsigned i = 0; i < linked; i++)
		if (links[i].up && !links[i].alarmed)
			return links[i].pri;
	return linked ? links[0].pri : NULL;
}

static int read_frame(struct pri *of, void *buffer, int length)
{
	struct link *link = pri_get_userdata(of);
	int count = read(link->file, buffer, length);

	return count < 0 || link->mute ? 0 : count;
}

static int put_frame(struct link *link, const void *buffer, int length)
{
	int count, event;

	/* The driver takes nothing while an event waits to be read. */
	while ((count = write(link->file, buffer, length)) < 0 && errno == ELAST &&
	       !ioctl(link->file, DAHDI_GETEVENT, &event))
		say("event link number%d", event);
	return count;
}

static int write_frame(struct pri *of, void *buffer, int length)
{
	struct link *link = pri_get_userdata(of);
	unsigned char changed[frame_most];

	if (link->mute)
		return length;
	if (!hostile)
		return put_frame(link, buffer, length);
	return put_frame(link, changed, mangle(buffer, length, changed)) < 0 ? -1 : length;
}

static void print(struct pri *of, char *text)
{
	(void)of;
	fprintf(stderr, "libpri: %s", text);
}

static struct call *call_tagged(const char *tag)
{
	for (unsigned i = 0; i < calls_most; i++)
		if (calls[i].call && !strcmp(calls[i].tag, tag))
			return &calls[i];
	return NULL;
}

static struct call *call_of(q931_call *pointer)
{
	for (unsigned i = 0; i < calls_most; i++)
		if (calls[i].call == pointer)
			return &calls[i];
	return NULL;
}

static struct call *add(const char *tag, q931_call *pointer, int channel)
{
	for (unsigned i = 0; i < calls_most; i++) {
		if (calls[i].call)
			continue;
		snprintf(calls[i].tag, sizeof(calls[i].tag), "%s", tag);
		calls[i].call = pointer;
		calls[i].channel = channel;
		return &calls[i];
	}
	return NULL;
}

static const char *or_none(const char *text)
{
	return *text ? text : "-";
}

static void hear_ring(pri_event_ring *ring)
{
	char tag[16];

	snprintf(tag, sizeof(tag), "in%u", ++arrived);
	if (!add(tag, ring->call, ring->channel)) {
		pri_hangup(active(), ring->call, PRI_CAUSE_SWITCH_CONGESTION);
		return;
	}
	say("event ring %s channel=%d interface=%d exclusive=%d called=%s caller=%s presentation=%d redirecting=%s reason=%d "
	    "complete=%d name=%s",
	    tag, ring->channel & 0xff, ring->channel >> 8 & 0x7f, !ring->flexible, or_none(ring->callednum), or_none(ring->callingnum),
	    ring->callingpres, or_none(ring->redirectingnum), ring->redirectingreason, ring->complete,
	    or_none(ring->callingname));
}

static void hear_call(const char *what, q931_call *pointer, int channel, int cause)
{
	struct call *call = call_of(pointer);

	if (!call)
		return;
	if (channel > 0)
		call->channel = channel;
	if (cause >= 0)
		say("event %s %s cause=%d", what, call->tag, cause);
	else
		say("event %s %s channel=%d", what, call->tag, call->channel & 0xff);
}

/* Whoever was on the channel is gone (Q.931 §5.5.2), and libpri would keep the name of the call. */
static void restarted(int channel)
{
	for (unsigned i = 0; i < calls_most; i++) {
		if (!calls[i].call || (calls[i].channel & place_bits) != (channel & place_bits))
			continue;
		pri_destroycall(active(), calls[i].call);
		calls[i].call = NULL;
	}
}

static void end(q931_call *pointer, int cause)
{
	struct call *call = call_of(pointer);

	hear_call("released", pointer, 0, cause);
	if (call)
		call->call = NULL;
}

static void hear(struct link *link, pri_event *event)
{
	if (!event)
		return;
	switch (event->e) {
	case PRI_EVENT_DCHAN_UP:
		link->up = true;
		say("event up %d", (int)(link - links));
		break;
	case PRI_EVENT_DCHAN_DOWN:
		link->up = false;
		say("event down %d", (int)(link - links));
		break;
	case PRI_EVENT_RING:
		hear_ring(&event->ring);
		break;
	case PRI_EVENT_SETUP_ACK:
		hear_call("setupack", event->setup_ack.call, event->setup_ack.channel, -1);
		break;
	case PRI_EVENT_PROCEEDING:
		hear_call("proceeding", event->proceeding.call, event->proceeding.channel, -1);
		break;
	case PRI_EVENT_PROGRESS:
		hear_call("progress", event->proceeding.call, event->proceeding.channel, -1);
		break;
	case PRI_EVENT_RINGING:
		hear_call("alerting", event->ringing.call, event->ringing.channel, -1);
		break;
	case PRI_EVENT_ANSWER:
		hear_call("answered", event->answer.call, event->answer.channel, -1);
		break;
	case PRI_EVENT_INFO_RECEIVED:
		say("event digits %s", event->ring.callednum);
		break;
	case PRI_EVENT_HANGUP_REQ:
		hear_call("disconnect", event->hangup.call, 0, event->hangup.cause);
		pri_hangup(active(), event->hangup.call, event->hangup.cause);
		break;
	case PRI_EVENT_HANGUP:
		end(event->hangup.call, event->hangup.cause);
		pri_hangup(active(), event->hangup.call, event->hangup.cause);
		break;
	case PRI_EVENT_HANGUP_ACK:
		end(event->hangup.call, event->hangup.cause);
		break;
	case PRI_EVENT_RESTART:
		restarted(event->restart.channel);
		say("event restart channel=%d", event->restart.channel & 0xff);
		break;
	case PRI_EVENT_RESTART_ACK:
		say("event restartack channel=%d", event->restartack.channel & 0xff);
		break;
	case PRI_EVENT_SERVICE:
		say("event service channel=%d status=%d", event->service.channel & 0xff, event->service.changestatus);
		break;
	case PRI_EVENT_CONFIG_ERR:
		say("event fault %s", event->err.err);
		break;
	default:
		break;
	}
}

static const struct kind {
	const char *name;
	int value, law;
} kinds[] = {
	{ "ni2", PRI_SWITCH_NI2, PRI_LAYER_1_ULAW },
	{ "dms100", PRI_SWITCH_DMS100, PRI_LAYER_1_ULAW },
	{ "5ess", PRI_SWITCH_LUCENT5E, PRI_LAYER_1_ULAW },
	{ "4ess", PRI_SWITCH_ATT4ESS, PRI_LAYER_1_ULAW },
	{ "euroisdn", PRI_SWITCH_EUROISDN_T1, PRI_LAYER_1_ULAW },
	{ "euroisdn-e1", PRI_SWITCH_EUROISDN_E1, PRI_LAYER_1_ALAW },
	{ "qsig", PRI_SWITCH_QSIG, PRI_LAYER_1_ULAW },
};
static const struct kind *spoken;

static const char *open_link(int channel, const char *name, const char *side)
{
	struct dahdi_bufferinfo info = {
		.txbufpolicy = DAHDI_POLICY_IMMEDIATE,
		.rxbufpolicy = DAHDI_POLICY_IMMEDIATE,
		.numbufs = 32,
		.bufsize = 1024,
	};
	const struct kind *kind = kinds;
	struct link *link = &links[linked];

	if (linked == links_most)
		return "the D-channels are open";
	while (kind < kinds + sizeof(kinds) / sizeof(*kinds) && strcmp(kind->name, name))
		kind++;
	if (kind == kinds + sizeof(kinds) / sizeof(*kinds))
		return "there is no such switch";
	memset(link, 0, sizeof(*link));
	link->file = open_channel(channel);
	if (link->file < 0)
		return failure("D-channel");
	if (ioctl(link->file, DAHDI_SET_BUFINFO, &info))
		return failure("buffers");
	spoken = kind;
	pri_set_message(print);
	pri_set_error(print);
	link->pri = pri_new_cb(link->file, strcmp(side, "network") ? PRI_CPE : PRI_NETWORK, kind->value, read_frame,
			       write_frame, link);
	if (!link->pri)
		return "libpri will not";
	pri_facility_enable(link->pri);
	pri_hangup_fix_enable(link->pri, 1);
	pri_set_service_message_support(link->pri, 1);
	pri_set_overlapdial(link->pri, 1);
	/* Calls outlive a lost link (Q.931 §5.8.9). */
	pri_set_timer(link->pri, pri_timer2idx("T309"), 90000);
	if (linked++)
		pri_enslave(links[0].pri, link->pri);
	return NULL;
}

static void close_links(void)
{
	for (unsigned i = 0; i < linked; i++)
		close(links[i].file);
	linked = 0;
	memset(calls, 0, sizeof(calls));
}

/* A slot, or INTERFACE:SLOT. */
static int channel_of(const char *text)
{
	const char *slot = strchr(text, ':');

	return slot ? atoi(text) << 8 | atoi(slot + 1) | 1 << 16 : atoi(text);
}

static void put(char *into, unsigned size, const char *text)
{
	snprintf(into, size, "%s", text);
}

/* call TAG CHANNEL CALLED [from=N] [presentation=N] [redirected=N] [reason=N] [name=TEXT] */
static const char *place(int count, char **words, const char *name)
{
	struct pri_party_id caller = { .number = { .plan = PRI_NATIONAL_ISDN } };
	struct pri_party_redirecting redirecting = { .count = 1, .reason = PRI_REDIR_FORWARD_ON_NO_REPLY };
	int channel = channel_of(words[2]);
	struct pri_sr *request;
	q931_call *pointer;
	int sent;

	if (call_tagged(words[1]))
		return "the call exists";
	for (int i = 4; i < count; i++) {
		if (!strncmp(words[i], "from=", 5)) {
			caller.number.valid = 1;
			put(caller.number.str, sizeof(caller.number.str), words[i] + 5);
		} else if (!strncmp(words[i], "presentation=", 13))
			caller.number.presentation = caller.name.presentation = atoi(words[i] + 13);
		else if (!strncmp(words[i], "redirected=", 11)) {
			redirecting.from.number.valid = 1;
			redirecting.from.number.plan = PRI_NATIONAL_ISDN;
			put(redirecting.from.number.str, sizeof(redirecting.from.number.str), words[i] + 11);
		} else if (!strncmp(words[i], "reason=", 7))
			redirecting.reason = atoi(words[i] + 7);
	}
	if (name) {
		caller.name.valid = 1;
		caller.name.char_set = 1;
		put(caller.name.str, sizeof(caller.name.str), name + 5);
	}
	pointer = pri_new_call(active());
	request = pri_sr_new();
	if (!pointer || !request || !add(words[1], pointer, channel))
		return "there are too many calls";
	pri_sr_set_channel(request, channel, 1, 0);
	pri_sr_set_bearer(request, PRI_TRANS_CAP_SPEECH, spoken->law);
	pri_sr_set_called(request, words[3], PRI_NATIONAL_ISDN, 1);
	if (caller.number.valid || caller.name.valid)
		pri_sr_set_caller_party(request, &caller);
	if (redirecting.from.number.valid)
		pri_sr_set_redirecting_parties(request, &redirecting);
	sent = pri_setup(active(), pointer, request);
	pri_sr_free(request);
	return sent ? "libpri does not send it" : NULL;
}

/* Calls whose messages are spoilt on their way, and forgotten at once: an exchange that has lost its mind. */
static const char *place_hostile(unsigned seed, int count)
{
	char *words[] = { "call", "hostile", "1", "6135559999", "from=4165550100", "redirected=6135550188" };

	seed_hostility(seed);
	hostile = true;
	for (int i = 0; i < count; i++) {
		char slot[8];
		const char *why;
		struct call *call;

		snprintf(slot, sizeof(slot), "%d", 1 + i % 23);
		words[2] = slot;
		why = place(sizeof(words) / sizeof(*words), words, "name=Bell Exchange");
		if (why)
			return why;
		call = call_tagged("hostile");
		pri_destroycall(active(), call->call);
		call->call = NULL;
	}
	return NULL;
}

/* Frames that are no messages, past libpri. */
static const char *send_garbage(unsigned seed, int count)
{
	unsigned char frame[frame_most];
	struct pollfd room = { .fd = links[0].file, .events = POLLOUT };

	seed_hostility(seed);
	for (int i = 0; i < count; i++) {
		int length = garbage(frame);

		while (put_frame(&links[0], frame, length) < 0) {
			if (errno != EAGAIN || poll(&room, 1, 1000) <= 0)
				return failure("garbage");
		}
	}
	return NULL;
}

static const char *call_command(const char *what, struct call *call, int count, char **words)
{
	struct pri *pri = active();
	int sent;

	if (!strcmp(what, "proceed"))
		sent = pri_proceeding(pri, call->call, call->channel, 0);
	else if (!strcmp(what, "alert"))
		sent = pri_acknowledge(pri, call->call, call->channel, 0);
	else if (!strcmp(what, "progress"))
		sent = pri_progress(pri, call->call, call->channel, 1);
	else if (!strcmp(what, "answer"))
		sent = pri_answer(pri, call->call, call->channel, 0);
	else if (!strcmp(what, "drop") && count == 3) {
		sent = pri_hangup(pri, call->call, atoi(words[2]));
		/* A refusal is one message: libpri is done with the call. */
		if (pri_get_crv(pri, call->call, NULL) < 0)
			call->call = NULL;
	} else
		return "what?";
	return sent ? "it does not fit the state of the call" : NULL;
}

const char *isdn_command(int count, char **words, const char *name)
{
	const char *what = words[0];
	struct call *call;

	if (!strcmp(what, "open") && count == 4)
		return open_link(atoi(words[1]), words[2], words[3]);
	if (!linked)
		return "the D-channel is not open";
	if (!strcmp(what, "close")) {
		close_links();
		return NULL;
	}
	if (count < 2)
		return "what?";
	if (!strcmp(what, "deaf") || !strcmp(what, "mute")) {
		struct link *link = &links[count > 2 && !strcmp(words[2], "1")];

		*(*what == 'd' ? &link->deaf : &link->mute) = !strcmp(words[1], "on");
	} else if (!strcmp(what, "hostile") && !strcmp(words[1], "off"))
		hostile = false;
	else if (!strcmp(what, "hostile") && count == 3)
		return place_hostile(atoi(words[1]), atoi(words[2]));
	else if (!strcmp(what, "garbage") && count == 3)
		return send_garbage(atoi(words[1]), atoi(words[2]));
	else if (!strcmp(what, "restart"))
		return pri_reset(active(), channel_of(words[1])) ? "it was not sent" : NULL;
	else if (!strcmp(what, "service") && count == 3)
		return pri_maintenance_service(active(), -1, atoi(words[1]), atoi(words[2])) ? "it was not sent" : NULL;
	else if (!strcmp(what, "call") && count >= 4)
		return place(count, words, name);
	else if ((call = call_tagged(words[1])))
		return call_command(what, call, count, words);
	else
		return "there is no such call";
	return NULL;
}

unsigned isdn_to_poll(struct pollfd *polls)
{
	for (unsigned i = 0; i < linked; i++)
		polls[i] = (struct pollfd){ .fd = links[i].file, .events = POLLPRI | (links[i].deaf ? 0 : POLLIN) };
	return linked;
}

static long due(struct pri *pri)
{
	struct timeval now, *next = pri_schedule_next(pri);
	long ms;

	if (!next)
		return -1;
	gettimeofday(&now, NULL);
	ms = (next->tv_sec - now.tv_sec) * 1000 + (next->tv_usec - now.tv_usec) / 1000;
	return ms < 0 ? 0 : ms > 1000 ? 1000 : ms;
}

void isdn_polled(const struct pollfd *polls, unsigned count)
{
	for (unsigned i = 0; i < count && i < linked; i++) {
		struct link *link = &links[i];
		int event;

		if ((polls[i].revents & POLLPRI) && !ioctl(link->file, DAHDI_GETEVENT, &event)) {
			say("event link number%d", event);
			if (event == DAHDI_EVENT_ALARM || event == DAHDI_EVENT_NOALARM)
				link->alarmed = event == DAHDI_EVENT_ALARM;
		}
		if (polls[i].revents & POLLIN)
			hear(link, pri_check_event(link->pri));
		if (due(link->pri) == 0)
			hear(link, pri_schedule_run(link->pri));
	}
}

int isdn_due(void)
{
	int first = -1;

	for (unsigned i = 0; i < linked; i++) {
		int ms = due(links[i].pri);

		if (ms >= 0 && (first < 0 || ms < first))
			first = ms;
	}
	return first;
}
