package notify

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"code.dny.dev/ssrf"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/fourfold/fourfold/assess"
)

// near listens on this machine, on both families where it has both, and counts who
// comes.
type near struct {
	port  string
	comes atomic.Int64
}

func listenNear(t *testing.T) *near {
	t.Helper()
	n := &near{}
	first, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, n.port, _ = net.SplitHostPort(first.Addr().String())
	listeners := []net.Listener{first}
	if second, err := net.Listen("tcp6", "[::1]:"+n.port); err == nil {
		listeners = append(listeners, second)
	}
	for _, l := range listeners {
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				n.comes.Add(1)
				c.Close()
			}
		}()
	}
	return n
}

// names is a name server of our own: what it says of a name changes with every
// question.
type names struct {
	mu      sync.Mutex
	answers map[string][]string
	asked   map[string]int
}

func (n *names) resolver(t *testing.T) *net.Resolver {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	n.asked = map[string]int{}
	go func() {
		buffer := make([]byte, 1500)
		for {
			size, from, err := server.ReadFrom(buffer)
			if err != nil {
				return
			}
			if answer, ok := n.answer(buffer[:size]); ok {
				server.WriteTo(answer, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", server.LocalAddr().String())
	}}
}

func (n *names) answer(question []byte) ([]byte, bool) {
	var m dnsmessage.Message
	if m.Unpack(question) != nil || len(m.Questions) != 1 {
		return nil, false
	}
	q := m.Questions[0]
	m.Response, m.Authoritative, m.Additionals = true, true, nil
	n.mu.Lock()
	defer n.mu.Unlock()
	host := strings.TrimSuffix(q.Name.String(), ".")
	all := n.answers[host]
	if len(all) == 0 {
		m.RCode = dnsmessage.RCodeNameError
	} else {
		ip := net.ParseIP(all[min(n.asked[host], len(all)-1)])
		head := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}
		if v4 := ip.To4(); v4 != nil && !strings.Contains(all[0], ":") && q.Type == dnsmessage.TypeA {
			m.Answers = []dnsmessage.Resource{{Header: head, Body: &dnsmessage.AResource{A: [4]byte(v4)}}}
			n.asked[host]++
		} else if strings.Contains(all[0], ":") && q.Type == dnsmessage.TypeAAAA {
			m.Answers = []dnsmessage.Resource{{Header: head, Body: &dnsmessage.AAAAResource{AAAA: [16]byte(ip.To16())}}}
			n.asked[host]++
		}
	}
	packed, err := m.Pack()
	return packed, err == nil
}

// However an address of this machine or its network is written, and whatever a name
// server says of it, nothing is connected to.
func TestNothingPrivateIsConnectedTo(t *testing.T) {
	near := listenNear(t)
	server := &names{answers: map[string][]string{
		"loop.example": {"127.0.0.1"}, "loop6.example": {"::1"}, "mapped.example": {"::ffff:127.0.0.1"}, "metadata.example": {"169.254.169.254"},
		"ten.example": {"10.0.0.5"}, "carrier.example": {"100.64.0.1"}, "unique.example": {"fd00::1"}, "link.example": {"fe80::1"},
		"nat64.example": {"64:ff9b::7f00:1"}, "any.example": {"0.0.0.0"}, "cast.example": {"224.0.0.1"}, "doc.example": {"192.0.2.1"},
	}}
	client := clientAsking(server.resolver(t), false)
	for address, why := range map[string]assess.Reason{
		"http://127.0.0.1:PORT/": assess.ReasonAddress, "http://[::1]:PORT/": assess.ReasonAddress, "http://[::ffff:127.0.0.1]:PORT/": assess.ReasonAddress,
		"http://[::ffff:7f00:1]:PORT/": assess.ReasonAddress, "http://0.0.0.0:PORT/": assess.ReasonAddress, "http://[::]:PORT/": assess.ReasonAddress,
		"http://10.0.0.1:PORT/": assess.ReasonAddress, "http://172.31.255.254:PORT/": assess.ReasonAddress, "http://192.168.0.1:PORT/": assess.ReasonAddress,
		"http://169.254.169.254/latest/meta-data": assess.ReasonAddress, "http://100.100.100.200/": assess.ReasonAddress,
		"http://[fe80::1]:PORT/": assess.ReasonAddress, "http://[fd12:3456::1]:PORT/": assess.ReasonAddress, "http://198.18.0.1/": assess.ReasonAddress,
		"http://localhost:PORT/": assess.ReasonAddress, "http://127.0.0.1.:PORT/": "",
		// No resolver takes these for addresses; where one did, the guard would see it.
		"http://2130706433:PORT/": "", "http://0x7f000001:PORT/": "", "http://0177.0.0.1:PORT/": "", "http://127.1:PORT/": "", "http://0:PORT/": "",
		"http://loop.example:PORT/": assess.ReasonAddress, "http://loop6.example:PORT/": assess.ReasonAddress, "http://mapped.example:PORT/": assess.ReasonAddress,
		"http://metadata.example/": assess.ReasonAddress, "http://ten.example/": assess.ReasonAddress, "http://carrier.example/": assess.ReasonAddress,
		"http://unique.example/": assess.ReasonAddress, "http://link.example/": assess.ReasonAddress, "http://nat64.example/": assess.ReasonAddress,
		"http://any.example:PORT/": assess.ReasonAddress, "http://cast.example/": assess.ReasonAddress, "http://doc.example/": assess.ReasonAddress,
		"http://nowhere.example/": assess.ReasonNoHost,
	} {
		got := sendTo(t, client, strings.Replace(address, "PORT", near.port, 1))
		if got.Verdict != assess.Again || why != "" && got.Reason != why || got.Status != 0 {
			t.Errorf("%s: %+v", address, got)
		}
	}
	if n := near.comes.Load(); n != 0 {
		t.Errorf("%d connections", n)
	}
	if sendTo(t, Client(true), "http://127.0.0.1:"+near.port+"/"); near.comes.Load() == 0 {
		t.Error("the listener would not have noticed")
	}
}

// A name that leads outside when it is asked for the first time, and inside the
// next, is looked at each time.
func TestANameThatChangesItsMindIsSeenThrough(t *testing.T) {
	near := listenNear(t)
	server := &names{answers: map[string][]string{"mind.example": {"93.184.216.34", "127.0.0.1", "127.0.0.1", "127.0.0.1"}}}
	resolver := server.resolver(t)
	public, err := resolver.LookupIP(t.Context(), "ip4", "mind.example")
	if err != nil || len(public) != 1 || ssrf.New().SafeAddr(netip.MustParseAddr(public[0].String())) != nil {
		t.Fatalf("the first answer is not public: %v, %v", public, err)
	}
	client := clientAsking(resolver, false)
	for range 2 {
		if got := sendTo(t, client, "http://mind.example:"+near.port+"/"); got.Reason != assess.ReasonAddress {
			t.Errorf("%+v", got)
		}
	}
	if n := near.comes.Load(); n != 0 {
		t.Errorf("%d connections", n)
	}
}

func TestNoProxyIsAsked(t *testing.T) {
	if transport, ok := Client(false).Transport.(*http.Transport); !ok || transport.Proxy != nil {
		t.Error("a proxy would connect in our place, behind the guard")
	}
}
