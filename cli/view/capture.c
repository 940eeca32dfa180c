#include "capture.h"
#include "buf.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SNAPLEN	262144		/* what tcpdump and Wireshark accept */

struct capture {
	char *path;
	pcap_t *pcap;
	pcap_dumper_t *dump;
	int error;		/* the first one's errno */
};

struct capture *capture_open(const char *path, struct errmsg *err)
{
	struct capture *c = xcalloc(1, sizeof(*c));
	FILE *file;

	c->path = xstrdup(path);
	c->pcap = pcap_open_dead_with_tstamp_precision(
		DLT_EN10MB, SNAPLEN, PCAP_TSTAMP_PRECISION_NANO);
	if (!c->pcap) {
		errmsg_set(err, "%s: libpcap cannot start", path);
		goto free_capture;
	}
	/* pcap_dump_open() would take "-" for stdout and pass it to children */
	file = fopen(path, "we");
	if (!file) {
		errmsg_errno(err, "%s", path);
		goto close_pcap;
	}
	c->dump = pcap_dump_fopen(c->pcap, file);
	if (!c->dump) {
		/* it has closed the file */
		errmsg_set(err, "%s: %s", path, pcap_geterr(c->pcap));
		goto close_pcap;
	}
	return c;

close_pcap:
	pcap_close(c->pcap);
free_capture:
	free(c->path);
	free(c);
	return NULL;
}

void capture_add(struct capture *c, int64_t t_ns, const uint8_t *frame,
		 size_t len)
{
	struct pcap_pkthdr header = {
		.len = len,
		.caplen = len < SNAPLEN ? len : SNAPLEN,
	};

	if (c->error)
		return;
	if (t_ns < 0)
		t_ns = 0;
	/* With this precision, tv_usec holds nanoseconds. */
	header.ts.tv_sec = t_ns / 1000000000;
	header.ts.tv_usec = t_ns % 1000000000;
	pcap_dump((u_char *)c->dump, &header, frame);
	if (ferror(pcap_dump_file(c->dump)))
		c->error = errno ? errno : EIO;
}

/* A disk of another machine says only now that it is full. */
static int sync_file(FILE *file)
{
	if (fsync(fileno(file)) == 0)
		return 0;
	/* a pipe or a device: nothing to be synced */
	return errno == EINVAL || errno == ENOTSUP || errno == EROFS ? 0 : -1;
}

int capture_close(struct capture *c, struct errmsg *err)
{
	int rc = 0;

	if (!c->error && (pcap_dump_flush(c->dump) == -1 ||
			  sync_file(pcap_dump_file(c->dump)) == -1))
		c->error = errno;
	pcap_dump_close(c->dump);
	pcap_close(c->pcap);
	if (c->error) {
		errno = c->error;
		rc = errmsg_errno(err, "%s", c->path);
	}
	free(c->path);
	free(c);
	return rc;
}
