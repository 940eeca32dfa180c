/*
 * peer - two ends of a network, and what it costs between them
 *
 *	peer serve PORT			answer one client after the other
 *	peer listen PORT BACKLOG	and never accept()
 *	peer ping ADDR PORT N FILE	N round trips of one byte
 *	peer bulk ADDR PORT BYTES FILE	one way
 *	peer crowd ADDR PORT N FILE	N connections at once
 *
 * A client writes its figures to FILE, "NAME NUMBER" a line: what it prints
 * may be seen by nobody. serve echoes to ping and swallows what bulk sends;
 * listen and crowd keep what they have until the end of their input.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define QUIET_MS	1500	/* more than a SYN waits to be repeated */

static double now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e6 + ts.tv_nsec / 1e3;
}

static struct sockaddr_in address(const char *addr, const char *port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };

	sin.sin_port = htons((uint16_t)atoi(port));
	if (inet_pton(AF_INET, addr, &sin.sin_addr) != 1)
		errx(2, "'%s' is no address", addr);
	return sin;
}

static int listener(const char *port, int backlog)
{
	struct sockaddr_in sin = address("0.0.0.0", port);
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(1, "bind");
	if (listen(fd, backlog) == -1)
		err(1, "listen");
	if (write(STDOUT_FILENO, "ready\n", 6) == -1)
		err(1, "write");
	return fd;
}

static int connected(const char *addr, const char *port)
{
	struct sockaddr_in sin = address(addr, port);
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	if (connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(1, "connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

static void wait_for_end_of_input(void)
{
	char line[64];

	while (read(STDIN_FILENO, line, sizeof(line)) > 0)
		;
}

static void listen_only(const char *port, int backlog)
{
	int fd = listener(port, backlog);

	wait_for_end_of_input();
	close(fd);
}

/* The first byte says what the client wants: 'p' or 'b'. */
static void serve_one(int fd)
{
	static char bytes[1 << 16];
	char what;
	ssize_t n;

	if (read(fd, &what, 1) != 1)
		return;
	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		if (what == 'p' && write(fd, bytes, n) != n)
			return;
	if (what == 'b' && write(fd, "!", 1) != 1)
		return;
}

static void serve(const char *port)
{
	int lfd = listener(port, 8), fd, on = 1;

	while ((fd = accept(lfd, NULL, NULL)) != -1) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		serve_one(fd);
		close(fd);
	}
}

static void write_all(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(fd, bytes, len);

		if (n == -1)
			err(1, "write");
		bytes += n;
		len -= n;
	}
}

static FILE *result(const char *path)
{
	FILE *f = fopen(path, "w");

	if (!f)
		err(1, "%s", path);
	return f;
}

static int by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void ping(int fd, long count, FILE *out)
{
	double *us = calloc(count, sizeof(*us));
	char byte = 'p';

	if (!us)
		err(1, "calloc");
	write_all(fd, &byte, 1);
	for (long i = 0; i < count; i++) {
		double start = now_us();

		write_all(fd, &byte, 1);
		if (read(fd, &byte, 1) != 1)
			err(1, "read");
		us[i] = now_us() - start;
	}
	qsort(us, count, sizeof(*us), by_size);
	fprintf(out, "median_us %.3f\n", us[count / 2]);
	free(us);
}

/* Until the last byte has been acknowledged by the other program. */
static void bulk(int fd, long count, FILE *out)
{
	static char bytes[1 << 16];
	double start = now_us();

	write_all(fd, "b", 1);
	for (long left = count; left > 0; left -= (long)sizeof(bytes))
		write_all(fd, bytes, left < (long)sizeof(bytes) ?
			  (size_t)left : sizeof(bytes));
	shutdown(fd, SHUT_WR);
	if (read(fd, bytes, 1) != 1)
		err(1, "read");
	fprintf(out, "us %.3f\n", now_us() - start);
}

static void start_connects(struct pollfd *crowd, long count,
			   const struct sockaddr_in *sin)
{
	for (long i = 0; i < count; i++) {
		crowd[i].fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		crowd[i].events = POLLOUT;
		if (crowd[i].fd == -1)
			err(1, "socket");
		if (connect(crowd[i].fd, (const struct sockaddr *)sin,
			    sizeof(*sin)) == -1 && errno != EINPROGRESS)
			err(1, "connect");
	}
}

/* Those that got through are polled no more; the last one's time counts. */
static void crowd(const char *addr, const char *port, long count, FILE *out)
{
	struct rlimit files = { count + 64, count + 64 };
	struct pollfd *list = calloc(count, sizeof(*list));
	struct sockaddr_in sin = address(addr, port);
	double start = now_us(), last = start;
	long through = 0, failed = 0;

	if (!list)
		err(1, "calloc");
	setrlimit(RLIMIT_NOFILE, &files);
	start_connects(list, count, &sin);
	while (poll(list, count, QUIET_MS) > 0) {
		for (long i = 0; i < count; i++) {
			if (!list[i].revents)
				continue;
			if (list[i].revents & (POLLERR | POLLHUP))
				failed++;
			else
				through++;
			list[i].fd = -1;
			list[i].revents = 0;
		}
		last = now_us();
	}
	fprintf(out, "through %ld\nfailed %ld\nwaiting %ld\nus %.3f\n",
		through, failed, count - through - failed, last - start);
	fclose(out);
	free(list);
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	FILE *out = NULL;
	int fd;

	if (argc == 6)
		out = result(argv[5]);
	if (!strcmp(what, "serve") && argc == 3) {
		serve(argv[2]);
	} else if (!strcmp(what, "listen") && argc == 4) {
		listen_only(argv[2], atoi(argv[3]));
	} else if (!strcmp(what, "ping") && out) {
		fd = connected(argv[2], argv[3]);
		ping(fd, atol(argv[4]), out);
		close(fd);
		fclose(out);
	} else if (!strcmp(what, "bulk") && out) {
		fd = connected(argv[2], argv[3]);
		bulk(fd, atol(argv[4]), out);
		close(fd);
		fclose(out);
	} else if (!strcmp(what, "crowd") && out) {
		crowd(argv[2], argv[3], atol(argv[4]), out);
		wait_for_end_of_input();
	} else {
		errx(2, "usage: see the top of peer.c");
	}
	return 0;
}
