package bench

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
)

// Client is one browser's connection that is kept alive. It speaks just enough
// HTTP/1.1 to load a server: net/http's client would cost as much as the server
// that is measured.
type Client struct {
	Cookie   string // Sent with each request; replaced by what the server sets.
	Header   string // Further lines of each request's head, each with its line end.
	Gzip     bool   // Whether compressed replies are accepted.
	Received int    // Bytes that came over the wire, headers included.

	connection net.Conn
	reader     *bufio.Reader
	host       string
	request    []byte
	body       bytes.Buffer
}

// Reply is what came back. Body is valid until the next request.
type Reply struct {
	Status   int
	Location string
	Body     []byte
}

// Dial opens a connection to HOST:PORT.
func Dial(address string) (*Client, error) {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &Client{connection: connection, reader: bufio.NewReader(connection), host: address}, nil
}

// Close ends the connection.
func (c *Client) Close() error { return c.connection.Close() }

// Get asks for a page.
func (c *Client) Get(path string) (Reply, error) { return c.send("GET", path, "", nil) }

// PostJSON sends what a page's script sends.
func (c *Client) PostJSON(path string, body []byte) (Reply, error) {
	return c.send("POST", path, "application/json", body)
}

// PostForm sends a form and follows where it leads.
func (c *Client) PostForm(path, form string) (Reply, error) {
	r, err := c.send("POST", path, "application/x-www-form-urlencoded", []byte(form))
	for err == nil && r.Status == 303 {
		r, err = c.Get(r.Location)
	}
	return r, err
}

func (c *Client) send(method, path, contentType string, body []byte) (Reply, error) {
	r := c.request[:0]
	r = append(r, method...)
	r = append(r, ' ')
	r = append(r, path...)
	r = append(r, " HTTP/1.1\r\nHost: "...)
	r = append(r, c.host...)
	r = append(r, "\r\nSec-Fetch-Site: same-origin\r\n"...)
	r = append(r, c.Header...)
	if c.Cookie != "" {
		r = append(r, "Cookie: "...)
		r = append(r, c.Cookie...)
		r = append(r, "\r\n"...)
	}
	if c.Gzip {
		r = append(r, "Accept-Encoding: gzip\r\n"...)
	}
	if method == "POST" {
		r = append(r, "Origin: http://"...)
		r = append(r, c.host...)
		r = append(r, "\r\nContent-Type: "...)
		r = append(r, contentType...)
		r = append(r, "\r\nContent-Length: "...)
		r = strconv.AppendInt(r, int64(len(body)), 10)
		r = append(r, "\r\n"...)
	}
	r = append(r, "\r\n"...)
	r = append(r, body...)
	c.request = r
	if _, err := c.connection.Write(r); err != nil {
		return Reply{}, err
	}
	return c.receive()
}

func (c *Client) receive() (Reply, error) {
	first, err := c.line()
	if err != nil {
		return Reply{}, err
	}
	if len(first) < 12 {
		return Reply{}, fmt.Errorf("not HTTP: %q", first)
	}
	var r Reply
	if r.Status, err = strconv.Atoi(string(first[9:12])); err != nil {
		return Reply{}, err
	}
	length := 0
	for {
		header, err := c.line()
		if err != nil {
			return Reply{}, err
		}
		if len(header) == 0 {
			break
		}
		name, value, _ := bytes.Cut(header, []byte(": "))
		switch string(name) {
		case "Content-Length":
			if length, err = strconv.Atoi(string(value)); err != nil {
				return Reply{}, err
			}
		case "Transfer-Encoding":
			length = chunked
		case "Location":
			r.Location = string(value)
		case "Set-Cookie":
			c.keep(string(value))
		}
	}
	c.body.Reset()
	err = c.read(length)
	r.Body = c.body.Bytes()
	return r, err
}

// keep puts a cookie in the place of its older self.
func (c *Client) keep(set string) {
	pair, _, _ := strings.Cut(set, ";")
	name, _, _ := strings.Cut(pair, "=")
	kept := []string{pair}
	for old := range strings.SplitSeq(c.Cookie, "; ") {
		if old != "" && !strings.HasPrefix(old, name+"=") {
			kept = append(kept, old)
		}
	}
	c.Cookie = strings.Join(kept, "; ")
}

// chunked stands for a length that each chunk tells anew.
const chunked = -1

func (c *Client) read(length int) error {
	if length != chunked {
		return c.take(length)
	}
	for {
		size, err := c.line()
		if err != nil {
			return err
		}
		n, err := strconv.ParseUint(string(size), 16, 31)
		if err != nil {
			return err
		}
		if err := c.take(int(n)); err != nil {
			return err
		}
		if _, err := c.line(); err != nil || n == 0 {
			return err
		}
	}
}

func (c *Client) take(n int) error {
	c.Received += n
	_, err := io.CopyN(&c.body, c.reader, int64(n))
	return err
}

// line reads up to the next line's end and leaves the end off.
func (c *Client) line() ([]byte, error) {
	text, err := c.reader.ReadSlice('\n')
	c.Received += len(text)
	return bytes.TrimRight(text, "\r\n"), err
}
