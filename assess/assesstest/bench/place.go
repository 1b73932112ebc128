package bench

import (
	"fmt"
	"syscall"
)

// fileSystems names the common ones by their magic numbers (statfs(2)).
var fileSystems = map[int64]string{
	0xef53:     "ext4",
	0x58465342: "xfs",
	0x9123683e: "btrfs",
	0x794c7630: "overlay",
	0x01021994: "tmpfs: in memory, where a sync costs nothing",
}

// Place says where a folder's files are kept, since that decides what a durable
// write costs.
func Place(folder string) string {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(folder, &fs); err != nil {
		return fmt.Sprintf("%s (%v)", folder, err)
	}
	name, ok := fileSystems[int64(fs.Type)]
	if !ok {
		name = fmt.Sprintf("file system %#x", fs.Type)
	}
	return fmt.Sprintf("%s (%s)", folder, name)
}
