# Keeps one PostgreSQL cluster for as long as its standard input stays open.
#
#   sh keeper.sh BIN FOLDER PORT [TRACER...]
#
# A tracer is a command line the server is started under. Says "ready" once the
# server answers. When the input ends, because its owner closed it or died in
# whatever way, the server stops and the folder goes.
set -eu
bin=$1 folder=$2 port=$3
shift 3

leave() {
	set +e # the folder goes even if no server ever ran in it
	"$bin/pg_ctl" stop -D "$folder/data" -m immediate >/dev/null 2>&1
	rm -rf "$folder"
}
trap leave EXIT

show_log() {
	cat "$folder/log"
	exit 1
}

"$bin/initdb" -D "$folder/data" -U postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync \
	>"$folder/log" 2>&1 || show_log

# The zone is not UTC on purpose: a time written without its zone then shows as wrong.
cat >>"$folder/data/postgresql.conf" <<-END
	listen_addresses = '127.0.0.1'
	port = $port
	unix_socket_directories = '$folder'
	max_connections = 300
	fsync = on
	synchronous_commit = on
	timezone = 'Asia/Shanghai'
END
"$@" "$bin/pg_ctl" start -D "$folder/data" -l "$folder/log" -w -t 60 >/dev/null 2>&1 || show_log

echo ready
cat >/dev/null
