#!/usr/bin/env bash
# A standalone Spark master with workers on this machine, from the pyspark package of python3.
#
# usage: cluster.sh start FOLDER [WORKERS [CORES]]   prints the master's address
#        cluster.sh kill FOLDER WORKER               ends one worker at once, as a crash would
#        cluster.sh stop FOLDER
#
# FOLDER keeps process ids, logs and what the workers write.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '4,6s/^# //p' "$0" >&2; exit 64; }
action=$1 folder=$2
python=${PYSPARK_PYTHON:-python3}

start() { # name, then the command
  local name=$1
  shift
  setsid nohup "$@" >"$folder/$name.log" 2>&1 &
  echo $! >"$folder/$name.pid"
}

# The line of a log with a text, as soon as it is there.
await() { # name, text
  for _ in $(seq 600); do
    if grep -m 1 -- "$2" "$folder/$1.log"; then return; fi
    kill -0 "$(cat "$folder/$1.pid")" 2>/dev/null || break
    sleep 0.1
  done
  echo "cluster.sh: $1 does not start: see $folder/$1.log" >&2
  exit 74
}

case $action in
start)
  mkdir -p "$folder"
  export SPARK_HOME
  SPARK_HOME=$("$python" -c 'import os, pyspark; print(os.path.dirname(pyspark.__file__))')
  export SPARK_LOCAL_IP=127.0.0.1 PYSPARK_PYTHON=$python
  start master "$SPARK_HOME/bin/spark-class" org.apache.spark.deploy.master.Master \
    --host 127.0.0.1 --port 0 --webui-port 0
  address=$(await master 'Starting Spark master at' | grep -o 'spark://[0-9.:]*')
  for worker in $(seq "${3:-2}"); do
    start "worker-$worker" "$SPARK_HOME/bin/spark-class" org.apache.spark.deploy.worker.Worker \
      --host 127.0.0.1 --webui-port 0 --cores "${4:-1}" --memory 1g \
      --work-dir "$folder/work-$worker" "$address"
  done
  for worker in $(seq "${3:-2}"); do
    await "worker-$worker" 'Successfully registered with master' >/dev/null
  done
  echo "$address"
  ;;
kill)
  # With its executors: they are of its group.
  kill -KILL -- "-$(cat "$folder/worker-$3.pid")"
  ;;
stop)
  for file in "$folder"/*.pid; do kill -- "-$(cat "$file")" 2>/dev/null || true; done
  ;;
*)
  echo "cluster.sh: $action is not start, kill or stop" >&2
  exit 64
  ;;
esac
