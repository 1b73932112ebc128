// Command withpostgres runs another command beside a private PostgreSQL cluster
// and hands it the cluster's URL in FOURFOLD_TEST_POSTGRES:
//
//	go run ./assess/assesstest/withpostgres go test ./...
//
// The cluster is gone when the command ends, fails or is interrupted.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"github.com/fourfold/fourfold/assess/assesstest/cluster"
)

func main() {
	os.Exit(run(os.Args[1:]))
}

func run(command []string) int {
	if len(command) == 0 {
		return fail(errors.New("usage: withpostgres COMMAND [ARGUMENT…]"))
	}
	c, err := cluster.Start()
	if err != nil {
		return fail(err)
	}
	status := runWith(c.URL, command)
	if err := c.Stop(); err != nil {
		return fail(fmt.Errorf("stop PostgreSQL: %w", err))
	}
	return status
}

// runWith passes an interrupt on and waits, so that the command ends before its database does.
func runWith(url string, command []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(os.Environ(), cluster.Env+"="+url)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 20 * time.Second
	err := cmd.Run()
	if ended := (*exec.ExitError)(nil); errors.As(err, &ended) && ended.Exited() {
		return ended.ExitCode()
	}
	if err != nil {
		return fail(err)
	}
	return 0
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, "withpostgres:", err)
	return 1
}
