# What native/dsp is made of; included by native/Makefile, which has the rules.
DSP_SOURCES := $(wildcard dsp/*.cc)
DSP_LIBS := -lopus -lspandsp -lspeexdsp -lopusfile
DSP_CFLAGS := -I/usr/include/opus
