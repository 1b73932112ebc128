package main_test

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

var pictures = flag.String("pictures", "", "a folder to keep a picture of each inspected page in")

// patience is how long a page may take to do what is expected of it.
const patience = 30 * time.Second

// browser is one Chromium; each window opened in it belongs to another person.
type browser struct {
	ctx context.Context
	axe string
}

func startBrowser(t *testing.T) *browser {
	t.Helper()
	program, err := firstOf("chromium", "chromium-browser", "google-chrome")
	if err != nil {
		t.Fatalf("%v; run: sudo apt-get install chromium fonts-noto-cjk", err)
	}
	axe, err := os.ReadFile("../../.cache/axe-core-4.14.1/axe.min.js")
	if err != nil {
		t.Fatalf("%v; run: tools/bring", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-dev-shm-usage", false),
		chromedp.UserDataDir(t.TempDir()),
	)
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, closeBrowser := chromedp.NewContext(ctx)
	t.Cleanup(closeBrowser)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start %s: %v", program, err)
	}
	return &browser{ctx, string(axe)}
}

func firstOf(programs ...string) (string, error) {
	for _, name := range programs {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("none of %s is installed", strings.Join(programs, ", "))
}

// device is what a person holds and how it is set.
type device struct {
	name          string
	language      string
	width, height int64
	touch         bool
	scripts       bool
}

// window is a person's view of one server. Whatever a page must never do – ask
// another host, break its own policy, throw – fails the test on its own.
type window struct {
	*testing.T
	ctx     context.Context
	browser *browser
	device  device
	origin  string
	shots   int

	mu     sync.Mutex
	faults []string
}

// open gives a new person a window; their cookies are nobody else's.
func (b *browser) open(t *testing.T, d device, origin string) *window {
	t.Helper()
	return b.window(t, b.ctx, d, origin, chromedp.WithNewBrowserContext())
}

// another opens a second window of the same person.
func (w *window) another() *window {
	w.Helper()
	return w.browser.window(w.T, w.ctx, w.device, w.origin)
}

func (b *browser) window(t *testing.T, parent context.Context, d device, origin string, options ...chromedp.ContextOption) *window {
	t.Helper()
	w := &window{T: t, browser: b, device: d, origin: origin}
	var done context.CancelFunc
	w.ctx, done = chromedp.NewContext(parent, append(options, chromedp.WithListener(w.watch))...)
	t.Cleanup(done)
	viewport := []chromedp.EmulateViewportOption{}
	if d.touch {
		viewport = append(viewport, chromedp.EmulateMobile, chromedp.EmulateTouch)
	}
	agent := "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36"
	if err := chromedp.Do(w.ctx, chromedp.EmulateViewport(d.width, d.height, viewport...)); err != nil {
		t.Fatal(err)
	}
	_, languageErr := chromedp.Call(w.ctx, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: agent, AcceptLanguage: d.language})
	_, logErr := chromedp.Call(w.ctx, log.Enable, cdp.Empty{})
	if err := errors.Join(languageErr, logErr, w.allowScripts(d.scripts)); err != nil {
		t.Fatal(err)
	}
	return w
}

// watch notes what no page of ours may do.
func (w *window) watch(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		u, err := url.Parse(e.Request.URL)
		if err != nil || u.Scheme != "data" && u.Scheme+"://"+u.Host != w.origin {
			w.faults = append(w.faults, "asked another host: "+e.Request.URL)
		}
	case *runtime.EventExceptionThrown:
		w.faults = append(w.faults, "a script threw: "+e.ExceptionDetails.Text+" "+e.ExceptionDetails.URL)
	case *log.EventEntryAdded:
		if e.Entry.Source == log.EntrySourceSecurity || strings.Contains(e.Entry.Text, "Content Security Policy") {
			w.faults = append(w.faults, "broke the page's policy: "+e.Entry.Text)
		}
	}
}

// settle reports what was noted since the last call.
func (w *window) settle() {
	w.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.faults {
		w.Error(f)
	}
	w.faults = nil
}

// do performs steps, and fails the test when the page does not let it.
func (w *window) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		w.failed(what, err)
	}
}

// failed ends the test and shows where the person stood.
func (w *window) failed(what string, err error) {
	w.Helper()
	w.settle()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	page, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`location.pathname + "\n" + document.body.innerText`))
	w.Fatalf("%s: %v\nthe page was %s", what, err, page)
}

// visit opens an address, or a path of the server.
func (w *window) visit(address string) {
	w.Helper()
	if strings.HasPrefix(address, "/") {
		address = w.origin + address
	}
	w.do("visit "+address, chromedp.Navigate(address))
	w.settle()
}

// visitUntil opens an address again and again until what the page shows is so.
func (w *window) visitUntil(address, expression string) {
	w.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		w.visit(address)
		if ask[bool](w, expression) {
			return
		}
		if time.Now().After(deadline) {
			w.failed("visit "+address+" until "+expression, context.DeadlineExceeded)
		}
	}
}

// chooseLanguage lets a member read the pages in the device's language.
func (w *window) chooseLanguage() {
	w.Helper()
	w.visit("/settings")
	w.do("choose the language", chromedp.SetValue(chromedp.CSS(`form[action="/settings/language"] select`), w.device.language))
	w.follow(`form[action="/settings/language"] button`)
}

// press clicks, or taps on a touch screen.
func (w *window) press(selector string) {
	w.Helper()
	w.do("press "+selector, w.pressing(selector))
}

// follow presses something that leads to another page, and waits for that page.
func (w *window) follow(selector string) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, w.pressing(selector)); err != nil {
		w.failed("follow "+selector, err)
	}
	w.settle()
}

func (w *window) pressing(selector string) chromedp.Action[chromedp.Void] {
	if w.device.touch {
		return chromedp.Tap(chromedp.CSS(selector))
	}
	return chromedp.Click(chromedp.CSS(selector))
}

// path is where the person is.
func (w *window) path() string {
	w.Helper()
	return ask[string](w, `location.pathname`)
}

// ask evaluates an expression in the page.
func ask[T any](w *window, expression string) T {
	w.Helper()
	v, err := tryAsk[T](w, expression)
	if err != nil {
		w.failed("ask "+expression, err)
	}
	return v
}

func tryAsk[T any](w *window, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// await waits until an expression holds. A page that is just being left cannot
// answer; the one that comes after it is asked again.
func (w *window) await(expression string) {
	w.Helper()
	deadline := time.Now().Add(patience)
	for {
		holds, err := tryAsk[bool](w, expression)
		if err == nil && holds {
			return
		}
		if time.Now().After(deadline) {
			if err == nil {
				err = context.DeadlineExceeded
			}
			w.failed("await "+expression, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// online takes the network away from the page, or gives it back.
func (w *window) online(on bool) {
	w.Helper()
	_, errState := chromedp.Call(w.ctx, network.OverrideNetworkState, network.OverrideNetworkStateParams{
		Offline: !on, DownloadThroughput: -1, UploadThroughput: -1})
	_, errRules := chromedp.Call(w.ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{Offline: !on, DownloadThroughput: -1, UploadThroughput: -1}}})
	if err := errors.Join(errState, errRules); err != nil {
		w.Fatal(err)
	}
}

func (w *window) allowScripts(allow bool) error {
	_, err := chromedp.Call(w.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !allow})
	return err
}

//go:embed inspect_test.js
var inspection string

// inspect holds the page against what every page keeps: axe finds nothing
// serious, nothing is wider than the screen, the language is the one asked for.
func (w *window) inspect() {
	w.Helper()
	if !w.device.scripts { // the page has loaded without them; axe needs them
		if err := w.allowScripts(true); err != nil {
			w.Fatal(err)
		}
		defer w.allowScripts(false) // the next visit would tell
	}
	w.do("load axe", chromedp.Evaluate[chromedp.Void](w.browser.axe+";0"))
	for _, fault := range ask[[]string](w, inspection) {
		w.Errorf("%s, %s: %s", w.path(), w.device.name, fault)
	}
	if got := ask[string](w, `document.documentElement.lang`); got != w.device.language {
		w.Errorf("%s is in %q, want %q", w.path(), got, w.device.language)
	}
	w.picture()
}

// picture keeps a picture of the page where a person wants to look at it.
func (w *window) picture() {
	w.Helper()
	if *pictures == "" {
		return
	}
	png, err := chromedp.Run(w.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		w.Fatal(err)
	}
	w.shots++
	name := fmt.Sprintf("%s-%02d%s.png", w.device.name, w.shots, strings.ReplaceAll(w.path(), "/", "-"))
	if err := os.MkdirAll(*pictures, 0o755); err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*pictures, strings.ReplaceAll(name, " ", "-")), png, 0o644); err != nil {
		w.Fatal(err)
	}
}
