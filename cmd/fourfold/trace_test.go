package main_test

import (
	"bufio"
	"cmp"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// tracer is strace as this file reads it: paths beside descriptors, when each
// call began and how long it took. It lets go of what it starts.
func tracer(out, calls string) []string {
	return []string{"strace", "-D", "-f", "-y", "-ttt", "-T", "-s", "40", "-e", "signal=none", "-e", "trace=" + calls, "-o", out}
}

// trace is what a process did, seen from the kernel, in the order of time.
type trace struct {
	requests []exchange // saves that arrived
	replies  []exchange
	syncs    []span // of the log that makes a commit durable
}

// exchange is one end of a conversation: when, and on which connection.
type exchange struct {
	connection string
	at         time.Duration
}

type span struct{ began, ended time.Duration }

var (
	// The server reads the first byte of a request on its own when it waits on an idle connection.
	saveLine  = regexp.MustCompile(`^,? ?"P?OST /sit/items/`)
	traceLine = regexp.MustCompile(`^(\d+) +(\d+)\.(\d{6}) (?:<\.\.\. )?(\w+)(?:\((\d+<(?:->|[^>])*>)| resumed>)(.*)$`)
	took      = regexp.MustCompile(`<(\d+)\.(\d{6})>$`)
)

// readTrace adds what strace wrote to the trace.
func (tr *trace) read(r io.Reader) error {
	type begun struct {
		descriptor string
		at         time.Duration
	}
	open := map[string]begun{} // by thread, which makes one call at a time
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		m := traceLine.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		thread, at, call, descriptor, rest := m[1], clock(m[2], m[3]), m[4], m[5], m[6]
		began := begun{descriptor, at}
		resumed := descriptor == ""
		if resumed {
			began = open[thread]
		}
		if !resumed && call == "write" && strings.HasPrefix(rest, `, "HTTP/1.1 `) {
			tr.replies = append(tr.replies, exchange{descriptor, at})
		}
		if strings.HasSuffix(rest, "<unfinished ...>") {
			open[thread] = began
			continue
		}
		ended := at
		if d := took.FindStringSubmatch(rest); d != nil && !resumed {
			ended += clock(d[1], d[2])
		}
		switch call {
		case "read":
			if saveLine.MatchString(rest) {
				tr.requests = append(tr.requests, exchange{began.descriptor, ended})
			}
		case "fsync", "fdatasync":
			isLog := strings.Contains(began.descriptor, "-wal>") || strings.Contains(began.descriptor, "/pg_wal/")
			if isLog && strings.Contains(rest, ") = 0 <") { // not failed, not "(INJECTED)"
				tr.syncs = append(tr.syncs, span{began.at, ended})
			}
		}
	}
	return lines.Err()
}

func clock(seconds, micros string) time.Duration {
	s, _ := strconv.ParseInt(seconds, 10, 64) // the pattern has seen that they are digits
	u, _ := strconv.ParseInt(micros, 10, 64)
	return time.Duration(s)*time.Second + time.Duration(u)*time.Microsecond
}

// early counts the saves, and those answered before a sync of the log that
// began after their arrival had ended.
func (tr *trace) early() (saves, early int) {
	slices.SortFunc(tr.replies, func(a, b exchange) int { return cmp.Compare(a.at, b.at) })
	for _, request := range tr.requests {
		i := slices.IndexFunc(tr.replies, func(r exchange) bool {
			return r.connection == request.connection && r.at >= request.at
		})
		if i < 0 {
			continue // cut off before its reply
		}
		saves++
		if !slices.ContainsFunc(tr.syncs, func(s span) bool {
			return s.began >= request.at && s.ended <= tr.replies[i].at
		}) {
			early++
		}
	}
	return saves, early
}

func TestTraceTellsASyncBeforeTheReplyFromOneAfter(t *testing.T) {
	const (
		request = `7 100.000100 read(8<TCP:[127.0.0.1:80->127.0.0.1:9]>, "POST /sit/items/3 HTTP/1.1\r\nHost: "..., 4096) = 300 <0.000010>` + "\n"
		sync    = `8 100.000200 fdatasync(9</tmp/fourfold.db-wal>) = 0 <0.000300>` + "\n"
		begun   = `8 100.000200 fdatasync(9</tmp/fourfold.db-wal> <unfinished ...>` + "\n"
		resumed = `8 100.000500 <... fdatasync resumed>) = 0 <0.000300>` + "\n"
		reply   = `7 100.000600 write(8<TCP:[127.0.0.1:80->127.0.0.1:9]>, "HTTP/1.1 200 OK\r\nContent-Type: app"..., 200) = 200 <0.000010>` + "\n"
	)
	for _, c := range []struct {
		name, log    string
		saves, early int
	}{
		{"synced", request + sync + reply, 1, 0},
		{"synced while others work", request + begun + resumed + reply, 1, 0},
		{"read while others work", strings.Replace(request, `"POST`, "<unfinished ...>\n7 100.000150 <... read resumed>\"POST", 1) + sync + reply, 1, 0},
		{"its first byte read before", strings.Replace(request, "POST", "OST", 1) + sync + reply, 1, 0},
		{"a reply while the sync lasts", request + begun + strings.Replace(reply, "000600", "000400", 1) + resumed, 1, 1},
		{"never synced", request + reply, 1, 1},
		{"synced before the request", strings.Replace(sync, "000200", "000001", 1) + request + reply, 1, 1},
		{"a sync that did not happen", request + strings.Replace(sync, " <", " (INJECTED) <", 1) + reply, 1, 1},
		{"a sync of another file", request + strings.Replace(sync, "-wal", ".lock", 1) + reply, 1, 1},
		{"a failed sync", request + strings.Replace(sync, "= 0", "= -1 EIO", 1) + reply, 1, 1},
		{"another connection's reply", request + strings.Replace(reply, ":9]", ":10]", 1), 0, 0},
	} {
		var tr trace
		if err := tr.read(strings.NewReader(c.log)); err != nil {
			t.Fatal(err)
		}
		if saves, early := tr.early(); saves != c.saves || early != c.early {
			t.Errorf("%s: %d saves, %d early; want %d, %d", c.name, saves, early, c.saves, c.early)
		}
	}
}
