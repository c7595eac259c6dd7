/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An analog card without hardware, for tests of what speaks to DAHDI's cards: four jacks that feed telephones (FXS), four
 * that are telephones on an exchange's lines (FXO), and two sockets without a module. FXS n is joined to FXO n by a pair of
 * wires, and the driver sees of them what DAHDI's driver wcaxx sees of its own: battery, its direction, ringing, loops.
 * Like the kernel, and unlike the project around it, this module is under version 2 of the GNU General Public License.
 */
#ifndef HOLDFAST_ANALOG_CARD_H
#define HOLDFAST_ANALOG_CARD_H

#include <linux/hrtimer.h>
#include <linux/spinlock.h>
#include <dahdi/kernel.h>

enum { pairs = 4, sockets = 10, log_most = 1024 };

enum kind { FXS, FXO, EMPTY };

/* What an FXS puts on its wires; the words of the ProSLIC's register 64. */
enum feed { OPEN, ACTIVE, TIP_OPEN, RINGING, ON_HOOK_TRANSMISSION };

struct port {
	struct dahdi_chan chan;
	enum kind kind;
	int number;
	struct port *far;
	/* What the kernel wants of the line. */
	enum dahdi_txsig wants;

	/* FXS */
	enum feed feed;
	bool reversed, hook;
	int hook_ms;
	/* Sound reaches a telephone on hook for so long; and whether it does as soon as ringing pauses. */
	int transmission_ms;
	unsigned lamp_kind;
	int messages;
	/* Somebody else has lifted a telephone on the same pair. */
	bool lifted;

	/* FXO */
	bool ringing, battery, battery_known, dead, polarity_known, was_reversed;
	int ring_ms, battery_ms, alarm_ms, polarity_ms;
	/* The pair is cut on this side; somebody else rings on it, or reverses it. */
	bool cut, rung, turned;
};

struct card {
	struct dahdi_device *device;
	struct dahdi_span span;
	struct dahdi_chan *chans[sockets];
	struct port ports[sockets];
	struct hrtimer timer;
	/* Milliseconds of samples since the card came. */
	unsigned ms;
	spinlock_t log_lock;
	struct {
		unsigned ms;
		int port;
		const char *what;
	} log[log_most];
	unsigned logged;
};

/* Faults of the whole card, and what it is called. */
extern bool silent, refuses, hangs;
/* The one that is plugged in; NULL: none. */
extern struct card *card_here;
extern struct mutex card_lock;

/* wires.c: what the kernel's wish does to the wires, and a millisecond of them. */
void port_wants(struct card *card, struct port *port, enum dahdi_txsig wants);
void wires_tick(struct card *card);
void wires_sound(struct card *card);
bool lamp_lit(const struct port *port);
const char *feed_name(const struct port *port);
void note(struct card *card, struct port *port, const char *what);

/* control.c: /dev/holdfast-analog */
int control_start(void);
void control_stop(void);

#endif
