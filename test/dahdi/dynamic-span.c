/*
 * Makes and takes away spans that need no card, and hands an unassigned one its place; what `dahdi_cfg` does for all of
 * them at once.
 *   dynamic-span create loc 1:0 24 0     driver, address, channels, timing
 *   dynamic-span destroy loc 1:0
 *   dynamic-span assign loc 1:0 1 1      span number, first channel
 */
#include <dahdi/user.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int complain(const char *what)
{
	fprintf(stderr, "dynamic-span: %s: %s\n", what, strerror(errno));
	return 1;
}

static void describe(struct dahdi_dynamic_span *span, const char *driver, const char *address)
{
	memset(span, 0, sizeof(*span));
	snprintf(span->driver, sizeof(span->driver), "%s", driver);
	snprintf(span->addr, sizeof(span->addr), "%s", address);
}

static const char devices[] = "/sys/bus/dahdi_devices/devices";

/* The device whose hardware id or location names the address. */
static int assign(const char *address, const char *span, const char *channel)
{
	struct dirent *entry;
	DIR *folder = opendir(devices);

	if (!folder)
		return complain(devices);
	while ((entry = readdir(folder))) {
		static const char *const attributes[] = { "hardware_id", "location" };
		char path[512], text[256], order[64];
		int found = 0;

		for (unsigned i = 0; i < 2; i++) {
			FILE *file;

			snprintf(path, sizeof(path), "%s/%s/%s", devices, entry->d_name, attributes[i]);
			file = fopen(path, "r");
			if (!file)
				continue;
			if (fgets(text, sizeof(text), file) && strstr(text, address))
				found = 1;
			fclose(file);
		}
		if (!found)
			continue;
		closedir(folder);
		snprintf(path, sizeof(path), "%s/%s/assign_span", devices, entry->d_name);
		snprintf(order, sizeof(order), "1:%s:%s", span, channel);
		int to = open(path, O_WRONLY);
		if (to < 0)
			return complain(path);
		if (write(to, order, strlen(order)) < 0)
			return complain(order);
		close(to);
		return 0;
	}
	closedir(folder);
	errno = ENODEV;
	return complain(address);
}

int main(int count, char **words)
{
	struct dahdi_dynamic_span span;
	int control;

	if (count == 6 && !strcmp(words[1], "assign"))
		return assign(words[3], words[4], words[5]);
	control = open("/dev/dahdi/ctl", O_RDWR);
	if (control < 0)
		return complain("/dev/dahdi/ctl");
	if (count == 6 && !strcmp(words[1], "create")) {
		describe(&span, words[2], words[3]);
		span.numchans = atoi(words[4]);
		span.timing = atoi(words[5]);
		if (ioctl(control, DAHDI_DYNAMIC_CREATE, &span))
			return complain("create");
		printf("%d\n", span.spanno);
		return 0;
	}
	if (count == 4 && !strcmp(words[1], "destroy")) {
		describe(&span, words[2], words[3]);
		return ioctl(control, DAHDI_DYNAMIC_DESTROY, &span) ? complain("destroy") : 0;
	}
	fprintf(stderr, "dynamic-span: create|destroy|assign ...\n");
	return 2;
}
