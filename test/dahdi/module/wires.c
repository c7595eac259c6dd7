// SPDX-License-Identifier: GPL-2.0
/* Battery, loops and sound on the pairs of wires, a millisecond at a time; times are wcaxx's. */
#include "card.h"

/* wcaxx: battdebounce, battalarm, POLARITY_DEBOUNCE, OHT_TIMER; how long its chips look at a ring and at a loop. */
enum { battery_debounce = 64, battery_alarm = 1000, polarity_debounce = 64, after_ring = 6000, ring_debounce = 16, loop_debounce = 5 };

void note(struct card *card, struct port *port, const char *what)
{
	unsigned long flags;

	spin_lock_irqsave(&card->log_lock, flags);
	card->log[card->logged % log_most].ms = card->ms;
	card->log[card->logged % log_most].port = port->number;
	card->log[card->logged % log_most].what = what;
	card->logged++;
	spin_unlock_irqrestore(&card->log_lock, flags);
}

const char *feed_name(const struct port *port)
{
	static const char *const names[] = {
		[OPEN] = "open",
		[ACTIVE] = "active",
		[TIP_OPEN] = "tip-open",
		[RINGING] = "ringing",
		[ON_HOOK_TRANSMISSION] = "transmission",
	};

	return names[port->feed];
}

bool lamp_lit(const struct port *port)
{
	return (port->lamp_kind & DAHDI_VMWI_HVAC) && port->messages > 0 && !port->hook && port->feed == ACTIVE;
}

static void set_feed(struct card *card, struct port *port, enum feed feed)
{
	if (port->feed == feed)
		return;
	port->feed = feed;
	note(card, port, feed_name(port));
}

/* What feeds the line while nothing else is wanted. */
static enum feed idle_feed(const struct port *port)
{
	return port->transmission_ms > 0 && !port->hook ? ON_HOOK_TRANSMISSION : ACTIVE;
}

static void feed_as(struct card *card, struct port *port, enum dahdi_txsig wants)
{
	switch (wants) {
	case DAHDI_TXSIG_ONHOOK:
		set_feed(card, port, port->chan.sig == DAHDI_SIG_FXOGS ? TIP_OPEN : idle_feed(port));
		break;
	case DAHDI_TXSIG_OFFHOOK:
		set_feed(card, port, idle_feed(port));
		break;
	case DAHDI_TXSIG_START:
		set_feed(card, port, RINGING);
		break;
	case DAHDI_TXSIG_KEWL:
		set_feed(card, port, OPEN);
		break;
	default:
		break;
	}
}

/* Called with the channel's lock held, often from the tick. */
void port_wants(struct card *card, struct port *port, enum dahdi_txsig wants)
{
	static const char *const names[] = {
		[DAHDI_TXSIG_ONHOOK] = "on-hook",
		[DAHDI_TXSIG_OFFHOOK] = "off-hook",
		[DAHDI_TXSIG_START] = "start",
		[DAHDI_TXSIG_KEWL] = "kewl",
	};

	port->wants = wants;
	if (port->kind == FXS)
		feed_as(card, port, wants);
	else if (wants < ARRAY_SIZE(names))
		note(card, port, names[wants]);
}

/* Ground start: a telephone's side grounds its ring lead to ask for service. No card of DAHDI's can; this one does. */
static bool grounds_ring(const struct port *fxo)
{
	return fxo->chan.sig == DAHDI_SIG_FXSGS && fxo->wants == DAHDI_TXSIG_START && !fxo->cut;
}

static bool closes_loop(const struct port *fxo)
{
	if (fxo->cut || grounds_ring(fxo))
		return false;
	return fxo->wants == DAHDI_TXSIG_OFFHOOK || fxo->wants == DAHDI_TXSIG_START;
}

static bool current_flows(const struct port *fxs)
{
	bool closed = closes_loop(fxs->far) || fxs->lifted;

	switch (fxs->feed) {
	case OPEN:
		return false;
	case TIP_OPEN:
		return grounds_ring(fxs->far);
	default:
		return closed || grounds_ring(fxs->far);
	}
}

static bool is_open(const struct port *port)
{
	return port->feed == OPEN;
}

static void fxs_tick(struct card *card, struct port *port)
{
	bool hook = current_flows(port);

	if (port->transmission_ms > 0 && port->feed != RINGING && --port->transmission_ms == 0 &&
	    port->feed == ON_HOOK_TRANSMISSION)
		set_feed(card, port, ACTIVE);
	/* Ringing prepares for caller ID in its pause. */
	if (port->feed == RINGING)
		port->transmission_ms = after_ring;
	if (hook == port->hook) {
		port->hook_ms = 0;
		return;
	}
	if (++port->hook_ms < loop_debounce)
		return;
	port->hook_ms = 0;
	port->hook = hook;
	note(card, port, hook ? "loop" : "no-loop");
	if (hook)
		port->transmission_ms = 0;
	/* The card turns ringing off, and cuts a line through, before the kernel knows. */
	if (!is_open(port))
		feed_as(card, port, hook ? DAHDI_TXSIG_OFFHOOK : DAHDI_TXSIG_ONHOOK);
	dahdi_hooksig(&port->chan, hook ? DAHDI_RXSIG_OFFHOOK : DAHDI_RXSIG_ONHOOK);
}

static bool has_battery(const struct port *fxo)
{
	return !fxo->cut && fxo->far->feed != OPEN && fxo->far->feed != TIP_OPEN;
}

static void ring_tick(struct card *card, struct port *port)
{
	bool rings = port->rung || (!port->cut && port->far->feed == RINGING);

	if (port->wants != DAHDI_TXSIG_ONHOOK && port->wants != DAHDI_TXSIG_START)
		rings = false;
	if (rings == port->ringing) {
		port->ring_ms = 0;
		return;
	}
	if (++port->ring_ms < ring_debounce)
		return;
	port->ring_ms = 0;
	port->ringing = rings;
	note(card, port, rings ? "rings" : "quiet");
	dahdi_hooksig(&port->chan, rings ? DAHDI_RXSIG_RING : DAHDI_RXSIG_OFFHOOK);
}

static void battery_tick(struct card *card, struct port *port)
{
	bool battery = has_battery(port);

	/* The kernel forgot what it knew: say it again. */
	if (port->chan.rxhooksig == DAHDI_RXSIG_INITIAL)
		port->battery_known = false;
	if (port->battery_known && battery == port->battery) {
		port->battery_ms = 0;
	} else if (++port->battery_ms >= battery_debounce) {
		port->battery_ms = 0;
		port->battery = battery;
		port->battery_known = true;
		note(card, port, battery ? "battery" : "no-battery");
		/* Ringing says that there is battery, and its end is told as such. */
		if (!battery || !port->ringing)
			dahdi_hooksig(&port->chan, battery ? DAHDI_RXSIG_OFFHOOK : DAHDI_RXSIG_ONHOOK);
	}
}

static void alarm_tick(struct card *card, struct port *port)
{
	/* A ground-start line at rest has its tip open, which is no fault of the line. */
	bool dead = port->chan.sig == DAHDI_SIG_FXSGS ? port->cut : !has_battery(port);

	if (dead == port->dead) {
		port->alarm_ms = 0;
		return;
	}
	if (++port->alarm_ms < battery_alarm)
		return;
	port->alarm_ms = 0;
	port->dead = dead;
	dahdi_alarm_channel(&port->chan, dead ? DAHDI_ALARM_RED : DAHDI_ALARM_NONE);
}

static void polarity_tick(struct card *card, struct port *port)
{
	bool reversed = port->far->reversed != port->turned;

	if (!has_battery(port) || port->far->feed == RINGING || (port->polarity_known && reversed == port->was_reversed)) {
		port->polarity_ms = 0;
		return;
	}
	if (++port->polarity_ms < polarity_debounce)
		return;
	port->polarity_ms = 0;
	if (port->polarity_known) {
		note(card, port, reversed ? "reversed" : "straight");
		dahdi_qevent_lock(&port->chan, DAHDI_EVENT_POLARITY);
	}
	port->polarity_known = true;
	port->was_reversed = reversed;
}

void wires_tick(struct card *card)
{
	for (int i = 0; i < pairs; i++)
		fxs_tick(card, &card->ports[i]);
	for (int i = pairs; i < 2 * pairs; i++) {
		ring_tick(card, &card->ports[i]);
		battery_tick(card, &card->ports[i]);
		alarm_tick(card, &card->ports[i]);
		polarity_tick(card, &card->ports[i]);
	}
	card->ms++;
}

/* Whether sound goes from the first to the second. */
static bool carries(const struct port *from, const struct port *to)
{
	if (from->kind == FXS) {
		if (to->cut)
			return false;
		return from->feed == ON_HOOK_TRANSMISSION || (from->feed == ACTIVE && from->hook);
	}
	return closes_loop(from) && to->hook && to->feed == ACTIVE;
}

void wires_sound(struct card *card)
{
	for (int i = 0; i < 2 * pairs; i++) {
		struct port *port = &card->ports[i];

		if (carries(port->far, port))
			memcpy(port->chan.readchunk, port->far->chan.writechunk, DAHDI_CHUNKSIZE);
		else
			memset(port->chan.readchunk, DAHDI_LIN2X(0, &port->chan), DAHDI_CHUNKSIZE);
	}
}
