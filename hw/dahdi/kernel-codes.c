/*
 * Prints kernel-codes.ts: what DAHDI's user.h (Debian: dahdi-source) says of its ioctls, events, bits and structures.
 *   cc -o kernel-codes kernel-codes.c && ./kernel-codes > kernel-codes.ts
 */
#include <stddef.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include <dahdi/user.h>

static void open_table(const char *name, const char *doc) { printf("\n/** %s */\nexport const %s = {\n", doc, name); }
static void close_table(void) { printf("} as const;\n"); }
static void number(const char *name, unsigned long value) { printf("  %s: 0x%lx,\n", name, value & 0xffffffffUL); }
static void decimal(const char *name, long value) { printf("  %s: %ld,\n", name, value); }

#define STRUCT(label, type)  \
  do {                       \
    printf("  %s: {\n", label); \
    printf("    size: %zu,\n", sizeof(type)); \
  } while (0)
#define FIELD(type, field) printf("    %s: %zu,\n", #field, offsetof(type, field))
#define END_STRUCT() printf("  },\n")

static void requests(void) {
  open_table("requests", "ioctl numbers.");
  number("specify", DAHDI_SPECIFY);
  number("spanStatus", DAHDI_SPANSTAT);
  number("spanConfig", DAHDI_SPANCONFIG);
  number("startUp", DAHDI_STARTUP);
  number("shutDown", DAHDI_SHUTDOWN);
  number("channelConfig", DAHDI_CHANCONFIG);
  number("attachEchoCanceller", DAHDI_ATTACH_ECHOCAN);
  number("echoCanceller", DAHDI_ECHOCANCEL_PARAMS);
  number("getVersion", DAHDI_GETVERSION);
  number("loadZone", DAHDI_LOADZONE);
  number("getParameters", DAHDI_GET_PARAMS);
  number("setParameters", DAHDI_SET_PARAMS);
  number("setBuffers", DAHDI_SET_BUFINFO);
  number("flush", DAHDI_FLUSH);
  number("audioMode", DAHDI_AUDIOMODE);
  number("getEvent", DAHDI_GETEVENT);
  number("hook", DAHDI_HOOK);
  number("setCadence", DAHDI_SETCADENCE);
  number("dial", DAHDI_DIAL);
  number("setPolarity", DAHDI_SETPOLARITY);
  number("onHookTransfer", DAHDI_ONHOOKTRANSFER);
  number("messageWaiting", DAHDI_VMWI);
  number("messageWaitingKind", DAHDI_VMWI_CONFIG);
  number("maintenance", DAHDI_MAINT);
  close_table();
}

static void events(void) {
  open_table("channelEvents", "What DAHDI_GETEVENT answers; a decoded digit is a bit and its character.");
  decimal("none", DAHDI_EVENT_NONE);
  decimal("onHook", DAHDI_EVENT_ONHOOK);
  decimal("ringOffHook", DAHDI_EVENT_RINGOFFHOOK);
  decimal("winkFlash", DAHDI_EVENT_WINKFLASH);
  decimal("alarm", DAHDI_EVENT_ALARM);
  decimal("noAlarm", DAHDI_EVENT_NOALARM);
  decimal("abort", DAHDI_EVENT_ABORT);
  decimal("overrun", DAHDI_EVENT_OVERRUN);
  decimal("badFcs", DAHDI_EVENT_BADFCS);
  decimal("dialComplete", DAHDI_EVENT_DIALCOMPLETE);
  decimal("ringerOn", DAHDI_EVENT_RINGERON);
  decimal("ringerOff", DAHDI_EVENT_RINGEROFF);
  decimal("hookComplete", DAHDI_EVENT_HOOKCOMPLETE);
  decimal("pulseStart", DAHDI_EVENT_PULSE_START);
  decimal("polarity", DAHDI_EVENT_POLARITY);
  decimal("ringBegin", DAHDI_EVENT_RINGBEGIN);
  decimal("removed", DAHDI_EVENT_REMOVED);
  decimal("pulseDigit", DAHDI_EVENT_PULSEDIGIT);
  close_table();
}

static void bits(void) {
  open_table("signallingBits", "Signalling of a channel, named by its far end as DAHDI does.");
  number("none", DAHDI_SIG_NONE);
  number("fxsls", DAHDI_SIG_FXSLS);
  number("fxsgs", DAHDI_SIG_FXSGS);
  number("fxsks", DAHDI_SIG_FXSKS);
  number("fxols", DAHDI_SIG_FXOLS);
  number("fxogs", DAHDI_SIG_FXOGS);
  number("fxoks", DAHDI_SIG_FXOKS);
  number("em", DAHDI_SIG_EM);
  number("emE1", DAHDI_SIG_EM_E1);
  number("clear", DAHDI_SIG_CLEAR);
  number("hdlcFcs", DAHDI_SIG_HDLCFCS);
  number("hardHdlc", DAHDI_SIG_HARDHDLC);
  close_table();
  open_table("lineBits", "Framing and coding of a span.");
  number("d4", DAHDI_CONFIG_D4);
  number("esf", DAHDI_CONFIG_ESF);
  number("ami", DAHDI_CONFIG_AMI);
  number("b8zs", DAHDI_CONFIG_B8ZS);
  number("ccs", DAHDI_CONFIG_CCS);
  number("hdb3", DAHDI_CONFIG_HDB3);
  number("crc4", DAHDI_CONFIG_CRC4);
  close_table();
  open_table("alarmBits", "Alarms of a span, or of a channel.");
  number("recover", DAHDI_ALARM_RECOVER);
  number("loopback", DAHDI_ALARM_LOOPBACK);
  number("yellow", DAHDI_ALARM_YELLOW);
  number("red", DAHDI_ALARM_RED);
  number("blue", DAHDI_ALARM_BLUE);
  number("los", DAHDI_ALARM_LOS);
  number("lfa", DAHDI_ALARM_LFA);
  number("lmfa", DAHDI_ALARM_LMFA);
  close_table();
}

static void values(void) {
  open_table("hookValues", "What DAHDI_HOOK is told.");
  decimal("onHook", DAHDI_ONHOOK);
  decimal("offHook", DAHDI_OFFHOOK);
  decimal("wink", DAHDI_WINK);
  decimal("flash", DAHDI_FLASH);
  decimal("start", DAHDI_START);
  decimal("ring", DAHDI_RING);
  decimal("ringOff", DAHDI_RINGOFF);
  close_table();
  open_table("values", "Other values and limits.");
  decimal("eventWaiting", ELAST);
  decimal("muLaw", DAHDI_LAW_MULAW);
  decimal("aLaw", DAHDI_LAW_ALAW);
  decimal("policyImmediate", DAHDI_POLICY_IMMEDIATE);
  decimal("flushSamples", DAHDI_FLUSH_BOTH);
  decimal("dialReplace", DAHDI_DIAL_OP_REPLACE);
  decimal("mostCadence", DAHDI_MAX_CADENCE);
  decimal("mostDialled", DAHDI_MAX_DTMF_BUF);
  decimal("mostBufferSpace", DAHDI_MAX_BUF_SPACE);
  decimal("neonLamp", DAHDI_VMWI_HVAC);
  decimal("localLoop", DAHDI_MAINT_LOCALLOOP);
  decimal("noMaintenance", DAHDI_MAINT_NONE);
  close_table();
}

static void structures(void) {
  open_table("structs", "Sizes and offsets, octets.");
  STRUCT("spaninfo", struct dahdi_spaninfo);
  FIELD(struct dahdi_spaninfo, spanno);
  FIELD(struct dahdi_spaninfo, alarms);
  FIELD(struct dahdi_spaninfo, bpvcount);
  FIELD(struct dahdi_spaninfo, crc4count);
  FIELD(struct dahdi_spaninfo, ebitcount);
  FIELD(struct dahdi_spaninfo, fascount);
  FIELD(struct dahdi_spaninfo, fecount);
  FIELD(struct dahdi_spaninfo, errsec);
  FIELD(struct dahdi_spaninfo, irqmisses);
  FIELD(struct dahdi_spaninfo, syncsrc);
  FIELD(struct dahdi_spaninfo, lineconfig);
  END_STRUCT();
  STRUCT("lineconfig", struct dahdi_lineconfig);
  FIELD(struct dahdi_lineconfig, span);
  FIELD(struct dahdi_lineconfig, lbo);
  FIELD(struct dahdi_lineconfig, lineconfig);
  FIELD(struct dahdi_lineconfig, sync);
  END_STRUCT();
  STRUCT("chanconfig", struct dahdi_chanconfig);
  FIELD(struct dahdi_chanconfig, chan);
  FIELD(struct dahdi_chanconfig, sigtype);
  FIELD(struct dahdi_chanconfig, deflaw);
  FIELD(struct dahdi_chanconfig, master);
  FIELD(struct dahdi_chanconfig, idlebits);
  END_STRUCT();
  STRUCT("attachEchocan", struct dahdi_attach_echocan);
  FIELD(struct dahdi_attach_echocan, chan);
  FIELD(struct dahdi_attach_echocan, echocan);
  END_STRUCT();
  STRUCT("echocanparams", struct dahdi_echocanparams);
  FIELD(struct dahdi_echocanparams, tap_length);
  FIELD(struct dahdi_echocanparams, param_count);
  END_STRUCT();
  STRUCT("versioninfo", struct dahdi_versioninfo);
  FIELD(struct dahdi_versioninfo, version);
  FIELD(struct dahdi_versioninfo, echo_canceller);
  END_STRUCT();
  STRUCT("toneZone", struct dahdi_tone_def_header);
  FIELD(struct dahdi_tone_def_header, count);
  FIELD(struct dahdi_tone_def_header, zone);
  FIELD(struct dahdi_tone_def_header, ringcadence);
  FIELD(struct dahdi_tone_def_header, name);
  END_STRUCT();
  STRUCT("params", struct dahdi_params);
  FIELD(struct dahdi_params, channo);
  FIELD(struct dahdi_params, rxisoffhook);
  FIELD(struct dahdi_params, rxhooksig);
  FIELD(struct dahdi_params, winktime);
  FIELD(struct dahdi_params, flashtime);
  FIELD(struct dahdi_params, rxwinktime);
  FIELD(struct dahdi_params, rxflashtime);
  FIELD(struct dahdi_params, pulsebreaktime);
  FIELD(struct dahdi_params, pulsemaketime);
  FIELD(struct dahdi_params, pulseaftertime);
  FIELD(struct dahdi_params, chan_alarms);
  END_STRUCT();
  STRUCT("bufferinfo", struct dahdi_bufferinfo);
  FIELD(struct dahdi_bufferinfo, txbufpolicy);
  FIELD(struct dahdi_bufferinfo, rxbufpolicy);
  FIELD(struct dahdi_bufferinfo, numbufs);
  FIELD(struct dahdi_bufferinfo, bufsize);
  END_STRUCT();
  STRUCT("dialoperation", struct dahdi_dialoperation);
  FIELD(struct dahdi_dialoperation, op);
  FIELD(struct dahdi_dialoperation, dialstr);
  END_STRUCT();
  STRUCT("ringCadence", struct dahdi_ring_cadence);
  END_STRUCT();
  STRUCT("maintinfo", struct dahdi_maintinfo);
  FIELD(struct dahdi_maintinfo, spanno);
  FIELD(struct dahdi_maintinfo, command);
  END_STRUCT();
  close_table();
}

int main(void) {
  printf("// Printed by kernel-codes.c from DAHDI's user.h; do not edit.\n");
  requests();
  events();
  bits();
  values();
  structures();
  return 0;
}
