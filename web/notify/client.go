package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"code.dny.dev/ssrf"

	"github.com/fourfold/fourfold/assess"
)

// mostRead is how much of an answer is read at all; none of it is kept.
const mostRead = 64 << 10

// Client returns a client for addresses that others have named. It asks where a
// connection would really go once the name is resolved, each time, and refuses
// private, local and reserved addresses; it follows no redirect and uses no proxy.
// Private lets it reach any address: for development and tests.
func Client(private bool) *http.Client { return clientAsking(nil, private) }

// clientAsking is Client with a resolver of one's own; nil is the system's.
func clientAsking(names *net.Resolver, private bool) *http.Client {
	dialer := &net.Dialer{Timeout: 10 * time.Second, Resolver: names}
	if !private {
		dialer.Control = ssrf.New(ssrf.WithAnyPort()).Safe // of tcp4 and tcp6 alone
	}
	return &http.Client{
		Timeout:       assess.AttemptTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    10 * time.Second,
			ForceAttemptHTTP2:      true,
			MaxIdleConnsPerHost:    abreast,
			MaxIdleConns:           mostTargets,
			IdleConnTimeout:        time.Minute,
			MaxResponseHeaderBytes: 16 << 10,
		},
	}
}

// Answered is what an answer's status means: 2xx has arrived, 410 is gone, and
// everything else – a redirect too – is to be tried again.
func Answered(request string, r *http.Response, took time.Duration) assess.Outcome {
	io.Copy(io.Discard, io.LimitReader(r.Body, mostRead)) // so that the connection can be used again
	o := assess.Outcome{Request: request, Status: r.StatusCode, Took: took}
	switch {
	case r.StatusCode >= 200 && r.StatusCode < 300:
		o.Verdict = assess.Arrived
	case r.StatusCode == http.StatusGone:
		o.Verdict, o.Reason = assess.Gone, assess.ReasonGone
	case r.StatusCode >= 300 && r.StatusCode < 400:
		o.Verdict, o.Reason = assess.Again, assess.ReasonRedirect
	default:
		o.Verdict, o.Reason = assess.Again, assess.ReasonStatus
		o.Wait = retryAfter(r.Header.Get("Retry-After"))
	}
	return o
}

// retryAfter reads the header's seconds or date.
func retryAfter(header string) time.Duration {
	if n, err := strconv.Atoi(header); err == nil && n >= 0 {
		return time.Duration(min(n, 1e6)) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}

// Unanswered is what it means that no answer came. The error's own text may hold
// what a resolver or a proxy said, so that only its kind is kept.
func Unanswered(request string, err error, took time.Duration) assess.Outcome {
	return assess.Outcome{Verdict: assess.Again, Request: request, Reason: reasonOf(err), Took: took}
}

func reasonOf(err error) assess.Reason {
	var (
		network   net.Error
		name      *net.DNSError
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		handshake *tls.CertificateVerificationError
		record    tls.RecordHeaderError
		alert     tls.AlertError
	)
	switch {
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrProhibitedNetwork), errors.Is(err, ssrf.ErrProhibitedPort):
		return assess.ReasonAddress
	case errors.As(err, &name):
		return assess.ReasonNoHost
	case errors.As(err, &authority), errors.As(err, &host), errors.As(err, &invalid), errors.As(err, &handshake), errors.As(err, &record), errors.As(err, &alert):
		return assess.ReasonTLS
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return assess.ReasonTimeout
	}
	return assess.ReasonNoConnection
}
