#include "topics.h"

#include <string.h>

static const struct topic topics[] = {
	{ "tour", "five minutes, from the first lab to one of your own",
"  run zombie             a lab: what the kernel did, and what it means\n"
"  step handshake 1       the same, but you say when; Enter goes on\n"
"  ladder                 the exchange as a diagram\n"
"  hosts client server    a box of your own: two hosts and a wire\n"
"  start s@server puppet  somebody who makes the calls that you type\n"
"  s socket tcp\n"
"  s bind 7000\n"
"  s listen 1\n"
"  start c@client puppet\n"
"  c socket tcp\n"
"  wire hold              from now on, every packet waits for you\n"
"  c connect $server 7000\n"
"  ss                     SYN-SENT, for as long as you like\n"
"  wire release\n"
"  save mine.md           all that as a new handout\n"
"  reset                  the box ends; labs can be run again\n" },
	{ "trace", "how to read a line of the trace",
"   mark   time  who     what the kernel did\n"
"    ✓    0.018  server  bind(3, {…}, 16) = -1 EADDRINUSE\n"
"\n"
"The mark says that the handout expected this line. The time is in seconds\n"
"since the scene began. Who is\n"
"  an actor's name   its system calls, signals and its end, from strace(1);\n"
"                    `blocks` says that it sleeps in the call right now\n"
"  wire              a frame between the hosts (or on lo)\n"
"  tcp               a TCP socket's state changed, from sock_diag(7): own\n"
"                    address, peer, state (RFC 9293)\n"
"  proc              a process's state changed, from proc(5)\n"
"  count             a counter of the kernel's network code went up\n"
"tcp, proc and count are looked at, not reported by the kernel: what they\n"
"tell happened since the look before.\n" },
	{ "patterns", "how a handout says what is to come",
"  who pattern    must come           ! who pattern    must not come\n"
"\n"
"  *        any characters, also none\n"
"  $name    a value: taken the first time, the same from then on;\n"
"           `parent clone*(*) = $child` names the new process child\n"
"  \\*  \\$   the characters themselves\n"
"  spaces   any white space\n"
"\n"
"The pattern has to account for the whole line. Lines of one who come in\n"
"the order of the handout; those of different who may come in between.\n" },
	{ "handout", "how a lab is written",
"A Markdown file. `# Title`, a paragraph that `labs` lists, then scenes:\n"
"\n"
"  ## A scene, played in a fresh box\n"
"\n"
"  What is set up here, and why.\n"
"\n"
"  ```lab\n"
"  > start a ./a\n"
"  a read(0, ...) blocks\n"
"  > type a hello\n"
"  a read(0, \"hello\\n\", *) = 6\n"
"  ```\n"
"\n"
"  What that shows. It is said only if all of the lines came.\n"
"\n"
"A question and a list whose items begin with `who pattern` in code is a\n"
"prediction about the step that follows. `> set n 1` is a knob: `run LAB\n"
"n=5` turns it. `show zombie` prints a whole one; `save FILE.md` writes one\n"
"from what you did by hand. `run ./FILE.md` plays it.\n" },
	{ "box", "what an actor sees, and what it does not",
"A box has its own users, pids, mounts and network: namespaces(7). An actor\n"
"in it runs as you, without capabilities, on a terminal of its own; /tmp is\n"
"empty and private, and what it writes into its working directory goes to\n"
"memory. When the box goes, all of that goes.\n"
"\n"
"  start web python3 -m http.server        any program in PATH, or ./NAME\n"
"  start sh sh -c 'echo $HOME'             in '...' a $ is the program's\n"
"  ps, fds NAME, ss, count, shell [HOST]   look around\n"
"  type NAME TEXT, kill -SIG NAME          do something to an actor\n"
"  reset                                   end it\n"
"\n"
"Where namespaces are refused (`doctor` says why), plain mode runs actors on\n"
"the machine itself; what needs a wire is then not observable.\n" },
	{ "wire", "holding, dropping, delaying packets",
"`hosts client server` makes two hosts. Nothing connects them but\n"
"underglass: it takes a frame from one, tells of it, looks at the sockets on\n"
"both sides, and only then hands it to the other.\n"
"\n"
"  wire hold [PATTERN]   keep every frame (that matches)\n"
"  wire                  what is being kept\n"
"  wire next [N]         let the next N go\n"
"  wire drop [N]         throw the next N away\n"
"  wire drop PATTERN     throw away what matches, from now on\n"
"  wire delay MS         each frame takes so long\n"
"  wire double           the next frame arrives twice\n"
"  wire release          let everything go, and hold no more\n"
"\n"
"A pattern is over the frame's line: wire drop *SYN,ACK*\n" },
};

const struct topic *topic_at(size_t i)
{
	return i < sizeof(topics) / sizeof(topics[0]) ? &topics[i] : NULL;
}

const struct topic *topic_find(const char *name)
{
	const struct topic *t;

	for (size_t i = 0; (t = topic_at(i)); i++)
		if (!strcmp(t->name, name))
			return t;
	return NULL;
}
