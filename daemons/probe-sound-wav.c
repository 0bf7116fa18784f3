/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include "daemons/probe-sound-wav.h"

#include <endian.h>
#include <linux/virtio_snd.h>
#include <stdbool.h>
#include <string.h>

#include "virtio-devices/util.h"

#define FMT(name) VIRTIO_SND_PCM_FMT_##name

/* More than any device has; what is made of them has to fit into 32 bits. */
#define MAX_CHANNELS 32
#define MAX_HZ 384000

/* Codes of the sample formats, as in a file. */
enum {
	WAV_INTEGER = 1,
	WAV_FLOAT = 3,
	WAV_A_LAW = 6,
	WAV_MU_LAW = 7,
	WAV_EXTENSIBLE = 0xfffe,
};

/* The beginning of a chunk, and the chunk that says what the samples are. */
struct chunk {
	char name[4];
	uint32_t size;
};

struct format_chunk {
	uint16_t code;
	uint16_t channels;
	uint32_t hz;
	uint32_t bytes_per_second;
	uint16_t frame_bytes;
	uint16_t bits;
};

struct extension {
	uint16_t size;
	uint16_t valid_bits;
	uint32_t channel_mask;
	uint16_t code;
	uint8_t guid[14];
};

static const struct {
	uint8_t format;
	uint8_t bytes;
	uint8_t code;
} formats[] = {
	{ FMT(U8), 1, WAV_INTEGER },	{ FMT(S16), 2, WAV_INTEGER },
	{ FMT(S24_3), 3, WAV_INTEGER }, { FMT(S32), 4, WAV_INTEGER },
	{ FMT(FLOAT), 4, WAV_FLOAT },	{ FMT(FLOAT64), 8, WAV_FLOAT },
	{ FMT(A_LAW), 1, WAV_A_LAW },	{ FMT(MU_LAW), 1, WAV_MU_LAW },
};

unsigned int probe_format_bytes(unsigned int format)
{
	for (size_t i = 0; i < VD_ARRAY_SIZE(formats); i++) {
		if (formats[i].format == format)
			return formats[i].bytes;
	}

	return 0;
}

/* Chunks have an even number of bytes, whatever they say. */
static bool skip(FILE *file, uint32_t size)
{
	size += size & 1;
	while (size-- > 0) {
		if (getc(file) == EOF)
			return false;
	}

	return true;
}

static const char *check_channels(const struct probe_wav *wav)
{
	if (wav->channels < 1 || wav->channels > MAX_CHANNELS)
		return "it has no channels, or more than 32";
	if (wav->hz < 1 || wav->hz > MAX_HZ)
		return "it has no rate, or one above 384000 Hz";

	return NULL;
}

static const char *parse_format(FILE *file, uint32_t size,
				struct probe_wav *ret)
{
	struct format_chunk chunk;
	struct extension extension;
	unsigned int code, bits;

	if (size < sizeof(chunk) || fread(&chunk, sizeof(chunk), 1, file) != 1)
		return "its format is cut short";
	size -= (uint32_t)sizeof(chunk);
	code = le16toh(chunk.code);
	bits = le16toh(chunk.bits);
	if (code == WAV_EXTENSIBLE) {
		if (size < sizeof(extension) ||
		    fread(&extension, sizeof(extension), 1, file) != 1)
			return "its format is cut short";
		size -= (uint32_t)sizeof(extension);
		code = le16toh(extension.code);
	}
	if (!skip(file, size))
		return "its format is cut short";

	ret->channels = le16toh(chunk.channels);
	ret->hz = le32toh(chunk.hz);
	for (size_t i = 0; i < VD_ARRAY_SIZE(formats); i++) {
		if (formats[i].code != code || formats[i].bytes * 8U != bits)
			continue;
		ret->format = formats[i].format;
		return check_channels(ret);
	}

	return "its samples are of a kind that is not known here; convert it "
	       "to 16-bit integers";
}

const char *probe_wav_read(FILE *file, struct probe_wav *ret)
{
	bool has_format = false;
	struct chunk chunk;
	char type[4];

	if (fread(&chunk, sizeof(chunk), 1, file) != 1 ||
	    fread(type, sizeof(type), 1, file) != 1 ||
	    memcmp(chunk.name, "RIFF", 4) != 0 || memcmp(type, "WAVE", 4) != 0)
		return "it is no WAV file";

	while (fread(&chunk, sizeof(chunk), 1, file) == 1) {
		uint32_t size = le32toh(chunk.size);
		const char *problem = NULL;

		if (!memcmp(chunk.name, "data", 4)) {
			ret->bytes = size;
			return has_format ? NULL : "it does not say its format";
		}
		if (!memcmp(chunk.name, "fmt ", 4)) {
			problem = parse_format(file, size, ret);
			has_format = true;
		} else if (!skip(file, size)) {
			problem = "it is cut short";
		}
		if (problem)
			return problem;
	}

	return "it has no samples";
}

static bool put(FILE *file, const char *name, uint32_t size)
{
	struct chunk chunk = { .size = htole32(size) };

	memcpy(chunk.name, name, sizeof(chunk.name));

	return fwrite(&chunk, sizeof(chunk), 1, file) == 1;
}

const char *probe_wav_write(FILE *file, const struct probe_wav *wav)
{
	unsigned int bytes = probe_format_bytes(wav->format);
	unsigned int frame = bytes * wav->channels;
	struct format_chunk format = {
		.channels = htole16((uint16_t)wav->channels),
		.hz = htole32(wav->hz),
		.bytes_per_second = htole32(wav->hz * frame),
		.frame_bytes = htole16((uint16_t)frame),
		.bits = htole16((uint16_t)(bytes * 8)),
	};
	const uint32_t header = 4 + 2 * sizeof(struct chunk) + sizeof(format);

	for (size_t i = 0; i < VD_ARRAY_SIZE(formats); i++) {
		if (formats[i].format == wav->format)
			format.code = htole16(formats[i].code);
	}
	if (!format.code)
		return "a WAV file cannot hold such samples";

	if (!put(file, "RIFF", header + wav->bytes) ||
	    fwrite("WAVE", 4, 1, file) != 1 ||
	    !put(file, "fmt ", sizeof(format)) ||
	    fwrite(&format, sizeof(format), 1, file) != 1 ||
	    !put(file, "data", wav->bytes))
		return "it cannot be written";

	return NULL;
}
