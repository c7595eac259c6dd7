// SPDX-License-Identifier: GPL-2.0
/* The card as DAHDI's core sees it: a device with one analog span, whose clock is the kernel's. */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include "card.h"

bool silent, refuses, hangs;
module_param(silent, bool, 0644);
MODULE_PARM_DESC(silent, "no samples come any more, as from a card whose interrupts stay away");
module_param(refuses, bool, 0644);
MODULE_PARM_DESC(refuses, "what the card is asked to do ends with EIO");
module_param(hangs, bool, 0644);
MODULE_PARM_DESC(hangs, "configuring a channel does not come back");

static char *serial = "1HF8A1234567";
module_param(serial, charp, 0444);
MODULE_PARM_DESC(serial, "serial number (hardware_id)");

/*
 * DAHDI's own timer does as much at once. Time in an emulated machine jumps where its host stood still: then this card's
 * stands still, too, because samples that come in a bunch are more than whoever answers them has in hand.
 */
enum { ms_at_once = 4 };

struct card *card_here;
DEFINE_MUTEX(card_lock);

static struct port *port_of(struct dahdi_chan *chan)
{
	return container_of(chan, struct port, chan);
}

static int card_hooksig(struct dahdi_chan *chan, enum dahdi_txsig wants)
{
	port_wants(chan->pvt, port_of(chan), wants);
	return 0;
}

static int card_open(struct dahdi_chan *chan)
{
	return refuses ? -EIO : 0;
}

static int card_close(struct dahdi_chan *chan)
{
	return 0;
}

static int card_startup(struct file *file, struct dahdi_span *span)
{
	return refuses ? -EIO : 0;
}

static int card_chanconfig(struct file *file, struct dahdi_chan *chan, int signalling)
{
	while (hangs)
		msleep(20);
	return refuses ? -EIO : 0;
}

static int fxs_ioctl(struct card *card, struct port *port, unsigned int command, unsigned long data)
{
	int value;
	struct dahdi_vmwi_info lamp;

	switch (command) {
	case DAHDI_ONHOOKTRANSFER:
		if (get_user(value, (__user int *)data))
			return -EFAULT;
		port->transmission_ms = value;
		if (port->feed == ACTIVE && !port->hook && value > 0) {
			port->feed = ON_HOOK_TRANSMISSION;
			note(card, port, feed_name(port));
		}
		return 0;
	case DAHDI_SETPOLARITY:
		if (get_user(value, (__user int *)data))
			return -EFAULT;
		if (port->feed == RINGING || port->feed == OPEN)
			return -EINVAL;
		if (port->reversed != !!value)
			note(card, port, value ? "reverse" : "unreverse");
		port->reversed = value;
		return 0;
	case DAHDI_VMWI_CONFIG:
		if (copy_from_user(&lamp, (__user void *)data, sizeof(lamp)))
			return -EFAULT;
		port->lamp_kind = lamp.vmwi_type;
		return 0;
	case DAHDI_VMWI:
		if (get_user(value, (__user int *)data))
			return -EFAULT;
		if (value < 0)
			return -EFAULT;
		port->messages = value;
		return 0;
	default:
		return -ENOTTY;
	}
}

static int card_ioctl(struct dahdi_chan *chan, unsigned int command, unsigned long data)
{
	struct port *port = port_of(chan);

	switch (command) {
	case DAHDI_ONHOOKTRANSFER:
	case DAHDI_SETPOLARITY:
	case DAHDI_VMWI_CONFIG:
	case DAHDI_VMWI:
		if (refuses)
			return -EIO;
		return port->kind == FXS ? fxs_ioctl(chan->pvt, port, command, data) : -EINVAL;
	default:
		return -ENOTTY;
	}
}

static const struct dahdi_span_ops card_ops = {
	.owner = THIS_MODULE,
	.hooksig = card_hooksig,
	.open = card_open,
	.close = card_close,
	.startup = card_startup,
	.chanconfig = card_chanconfig,
	.ioctl = card_ioctl,
};

static enum hrtimer_restart card_timer(struct hrtimer *timer)
{
	struct card *card = container_of(timer, struct card, timer);

	hrtimer_forward_now(timer, ms_to_ktime(ms_at_once));
	if (silent || !test_bit(DAHDI_FLAGBIT_REGISTERED, &card->span.flags))
		return HRTIMER_RESTART;
	for (int ms = 0; ms < ms_at_once; ms++) {
		dahdi_transmit(&card->span);
		wires_tick(card);
		wires_sound(card);
		dahdi_ec_span(&card->span);
		dahdi_receive(&card->span);
	}
	return HRTIMER_RESTART;
}

static void describe_port(struct card *card, int place)
{
	struct port *port = &card->ports[place];
	struct dahdi_chan *chan = &port->chan;

	port->number = place + 1;
	port->kind = place < pairs ? FXS : place < 2 * pairs ? FXO : EMPTY;
	port->feed = ACTIVE;
	if (port->kind != EMPTY)
		port->far = &card->ports[place < pairs ? place + pairs : place - pairs];
	/* As wcaxx names and lists them; ground start on an FXO is this card's own. */
	snprintf(chan->name, sizeof(chan->name), "WCTDM/0/%d", place);
	if (port->kind == FXS)
		chan->sigcap = DAHDI_SIG_FXOKS | DAHDI_SIG_FXOLS | DAHDI_SIG_FXOGS | DAHDI_SIG_SF | DAHDI_SIG_EM |
			       DAHDI_SIG_CLEAR;
	else if (port->kind == FXO)
		chan->sigcap = DAHDI_SIG_FXSKS | DAHDI_SIG_FXSLS | DAHDI_SIG_FXSGS | DAHDI_SIG_SF | DAHDI_SIG_CLEAR;
	chan->chanpos = place + 1;
	chan->pvt = card;
	card->chans[place] = chan;
}

static void free_card(struct card *card)
{
	kfree(card->device->location);
	kfree(card->device->hardware_id);
	kfree(card->device->devicetype);
	dahdi_free_device(card->device);
	kfree(card);
}

static int card_probe(struct platform_device *place)
{
	struct card *card = kzalloc(sizeof(*card), GFP_KERNEL);
	int result;

	if (!card)
		return -ENOMEM;
	card->device = dahdi_create_device();
	if (!card->device) {
		kfree(card);
		return -ENOMEM;
	}
	spin_lock_init(&card->log_lock);
	card->device->manufacturer = "Holdfast";
	card->device->location = kasprintf(GFP_KERNEL, "PCI Bus %02d Slot %02d", 5, 1);
	card->device->hardware_id = kasprintf(GFP_KERNEL, "%s", serial);
	card->device->devicetype = kasprintf(GFP_KERNEL, "Pairs of wires");
	snprintf(card->span.name, sizeof(card->span.name), "WCTDM/0");
	snprintf(card->span.desc, sizeof(card->span.desc), "Pairs of wires");
	for (int i = 0; i < sockets; i++)
		describe_port(card, i);
	card->span.chans = card->chans;
	card->span.channels = sockets;
	card->span.flags = DAHDI_FLAG_RBS;
	card->span.deflaw = DAHDI_LAW_MULAW;
	card->span.ops = &card_ops;
	card->span.spantype = SPANTYPE_ANALOG_MIXED;
	list_add_tail(&card->span.device_node, &card->device->spans);
	result = dahdi_register_device(card->device, &place->dev);
	if (result) {
		free_card(card);
		return result;
	}
	hrtimer_init(&card->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	card->timer.function = card_timer;
	hrtimer_start(&card->timer, ms_to_ktime(ms_at_once), HRTIMER_MODE_REL);
	platform_set_drvdata(place, card);
	mutex_lock(&card_lock);
	card_here = card;
	mutex_unlock(&card_lock);
	return 0;
}

/* Channels may still be open: so goes a card that is pulled. */
static int card_remove(struct platform_device *place)
{
	struct card *card = platform_get_drvdata(place);

	mutex_lock(&card_lock);
	card_here = NULL;
	mutex_unlock(&card_lock);
	dahdi_unregister_device(card->device);
	hrtimer_cancel(&card->timer);
	free_card(card);
	return 0;
}

static struct platform_driver card_driver = {
	.driver = { .name = "holdfast-analog" },
	.probe = card_probe,
	.remove = card_remove,
};

static struct platform_device *slot;

static int __init card_init(void)
{
	int result = control_start();

	if (result)
		return result;
	result = platform_driver_register(&card_driver);
	if (result)
		goto no_driver;
	slot = platform_device_register_simple("holdfast-analog", 0, NULL, 0);
	if (!IS_ERR(slot))
		return 0;
	result = PTR_ERR(slot);
	platform_driver_unregister(&card_driver);
no_driver:
	control_stop();
	return result;
}

static void __exit card_exit(void)
{
	platform_device_unregister(slot);
	platform_driver_unregister(&card_driver);
	control_stop();
}

module_init(card_init);
module_exit(card_exit);
MODULE_DESCRIPTION("An analog card of DAHDI without hardware, for tests");
MODULE_LICENSE("GPL v2");
