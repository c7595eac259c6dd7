// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/holdfast-analog: what happens on the wires beside what the kernel does, one command a write, and what happened.
 *   PORT lift|hang          FXS: a telephone on the same pair
 *   PORT cut|mend           FXO: the pair
 *   PORT ring|quiet         FXO: ringing of somebody else's
 *   PORT reverse|straight   FXO: the pair's ends
 *   PORT signal N           tells the kernel's core a received state, whether it means anything or not
 *   PORT event N            tells it an event
 * Read: a line for each port, then `at MS port N WHAT` for what happened since the last reading.
 */
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "card.h"

enum { text_most = 64 * 1024 };

static const struct {
	const char *name;
	enum kind kind;
	size_t flag;
	bool value;
} switches[] = {
	{ "lift", FXS, offsetof(struct port, lifted), true },	{ "hang", FXS, offsetof(struct port, lifted), false },
	{ "cut", FXO, offsetof(struct port, cut), true },	{ "mend", FXO, offsetof(struct port, cut), false },
	{ "ring", FXO, offsetof(struct port, rung), true },	{ "quiet", FXO, offsetof(struct port, rung), false },
	{ "reverse", FXO, offsetof(struct port, turned), true }, { "straight", FXO, offsetof(struct port, turned), false },
};

static int do_command(struct card *card, const char *text)
{
	int number, value = 0;
	char name[16];
	struct port *port;

	if (sscanf(text, "%d %15s %d", &number, name, &value) < 2 || number < 1 || number > 2 * pairs)
		return -EINVAL;
	port = &card->ports[number - 1];
	if (!strcmp(name, "signal")) {
		dahdi_hooksig(&port->chan, value);
		return 0;
	}
	if (!strcmp(name, "event")) {
		dahdi_qevent_lock(&port->chan, value);
		return 0;
	}
	for (int i = 0; i < ARRAY_SIZE(switches); i++) {
		if (strcmp(switches[i].name, name) || switches[i].kind != port->kind)
			continue;
		*(bool *)((char *)port + switches[i].flag) = switches[i].value;
		return 0;
	}
	return -EINVAL;
}

static ssize_t control_write(struct file *file, const char __user *from, size_t count, loff_t *place)
{
	char text[64];
	int result;

	if (count >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, from, count))
		return -EFAULT;
	text[count] = '\0';
	mutex_lock(&card_lock);
	result = card_here ? do_command(card_here, text) : -ENODEV;
	mutex_unlock(&card_lock);
	return result ? result : count;
}

static size_t print_port(const struct port *port, char *to, size_t room)
{
	if (port->kind == FXS)
		return scnprintf(to, room, "port %d fxs feed=%s reversed=%d hook=%d lamp=%d messages=%d signalling=%x\n",
				 port->number, feed_name(port), port->reversed, port->hook, lamp_lit(port), port->messages,
				 port->chan.sig);
	return scnprintf(to, room, "port %d fxo wants=%d battery=%d ringing=%d signalling=%x\n", port->number, port->wants,
			 port->battery, port->ringing, port->chan.sig);
}

static size_t print_card(struct card *card, char *to, size_t room, unsigned *seen)
{
	size_t length = 0;
	unsigned long flags;

	for (int i = 0; i < 2 * pairs; i++)
		length += print_port(&card->ports[i], to + length, room - length);
	spin_lock_irqsave(&card->log_lock, flags);
	if (*seen > card->logged || card->logged - *seen > log_most)
		*seen = card->logged > log_most ? card->logged - log_most : 0;
	for (; *seen != card->logged; (*seen)++)
		length += scnprintf(to + length, room - length, "at %u port %d %s\n", card->log[*seen % log_most].ms,
				    card->log[*seen % log_most].port, card->log[*seen % log_most].what);
	spin_unlock_irqrestore(&card->log_lock, flags);
	return length;
}

/* The whole answer of one reading; reading on ends it. */
static ssize_t control_read(struct file *file, char __user *to, size_t count, loff_t *place)
{
	static unsigned seen;
	static struct card *seen_of;
	char *text;
	ssize_t length;

	if (*place > 0)
		return 0;
	text = kmalloc(text_most, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	mutex_lock(&card_lock);
	if (seen_of != card_here)
		seen = 0;
	seen_of = card_here;
	length = card_here ? print_card(card_here, text, min_t(size_t, text_most, count), &seen) : -ENODEV;
	mutex_unlock(&card_lock);
	if (length > 0 && copy_to_user(to, text, length))
		length = -EFAULT;
	kfree(text);
	if (length > 0)
		*place += length;
	return length;
}

static const struct file_operations control_operations = {
	.owner = THIS_MODULE,
	.read = control_read,
	.write = control_write,
	.llseek = default_llseek,
};

static struct miscdevice control = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "holdfast-analog",
	.fops = &control_operations,
};

int control_start(void)
{
	return misc_register(&control);
}

void control_stop(void)
{
	misc_deregister(&control);
}
