// Package cluster starts a private PostgreSQL for tests. It knows where the
// server's programs are, under which user they may run and how to leave nothing
// behind; what the databases hold is left to its callers.
package cluster

import (
	"bufio"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Env names the environment variable that holds the URL of a running cluster.
const Env = "FOURFOLD_TEST_POSTGRES"

// FolderEnv names the environment variable that says where clusters keep their
// files; without it that is in memory, when there is room.
const FolderEnv = "FOURFOLD_TEST_POSTGRES_FOLDER"

// ErrMissing says that the machine has no PostgreSQL server, and what brings it.
var ErrMissing = errors.New("no PostgreSQL server programs found; run: sudo apt-get install postgresql")

//go:embed keeper.sh
var keeper string

// Cluster is a running PostgreSQL server of our own. It ends with Stop, or with
// the process that started it, even when that process is killed.
type Cluster struct {
	// URL leads to the maintenance database as superuser.
	URL string
	// Folder holds all the server keeps; it is where a tracer runs.
	Folder string

	keeper *exec.Cmd
	leash  io.Closer
}

// Start makes and starts a cluster, under the command line of a tracer if one is
// given; the tracer must let go of what it starts, as strace -D does. It returns ErrMissing when PostgreSQL is not
// installed, and otherwise what the server's programs said.
func Start(tracer ...string) (*Cluster, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	who, err := account()
	if err != nil {
		return nil, err
	}
	folder, err := roomFor(who)
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}

	cmd := exec.Command("sh", append([]string{"-c", keeper, "keeper.sh", bin, folder, strconv.Itoa(port)}, tracer...)...)
	cmd.Dir = folder
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: who, Setsid: true} // an interrupt of the terminal is its owner's affair
	leash, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	words := bufio.NewReader(out)
	if line, _ := words.ReadString('\n'); line != "ready\n" {
		leash.Close()
		rest, _ := io.ReadAll(words)
		return nil, errors.Join(fmt.Errorf("PostgreSQL did not start:\n%s%s", line, rest), cmd.Wait())
	}
	return &Cluster{
		URL:    fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", port),
		Folder: folder,
		keeper: cmd,
		leash:  leash,
	}, nil
}

// Stop ends the server and removes everything it kept.
func (c *Cluster) Stop() error {
	return errors.Join(c.leash.Close(), c.keeper.Wait())
}

// programs finds the folder of initdb and pg_ctl: the newest of Debian's, which
// are not on the PATH, or else those on the PATH.
func programs() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })), nil
	}
	initdb, err := exec.LookPath("initdb")
	if err != nil {
		return "", ErrMissing
	}
	return filepath.Dir(initdb), nil
}

// version reads the 17 out of /usr/lib/postgresql/17/bin/initdb, and 0 out of anything else.
func version(initdb string) int {
	n, _ := strconv.Atoi(strings.Split(initdb, "/")[4])
	return n
}

// account chooses whom the server runs as. PostgreSQL refuses to be root, so root
// lends it another account; nil is the account we have.
func account() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errUID := strconv.ParseUint(u.Uid, 10, 32)
		gid, errGID := strconv.ParseUint(u.Gid, 10, 32)
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(errUID, errGID)
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody")
}

// roomFor makes the cluster's folder where it is wished, or in memory when there
// is room for it, since a test needs every sync to happen and none to be slow.
func roomFor(who *syscall.Credential) (string, error) {
	const enough = 2 << 30
	parent := os.Getenv(FolderEnv)
	if parent == "" {
		parent = os.TempDir()
		var shm syscall.Statfs_t
		if err := syscall.Statfs("/dev/shm", &shm); err == nil && shm.Bavail*uint64(shm.Bsize) > enough {
			parent = "/dev/shm"
		}
	}
	folder, err := os.MkdirTemp(parent, "fourfold-postgres-")
	if err != nil || who == nil {
		return folder, err
	}
	return folder, os.Chown(folder, int(who.Uid), int(who.Gid))
}

// freePort finds a port below those the kernel gives to outgoing connections, so
// that none of them takes it before the server does.
func freePort() (int, error) {
	for range 100 {
		port := 20000 + rand.IntN(10000)
		l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
		if err == nil {
			return port, l.Close()
		}
	}
	return 0, errors.New("no free port between 20000 and 30000 in a hundred tries")
}
