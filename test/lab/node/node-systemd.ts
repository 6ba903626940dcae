import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type KubeletBehaviour, servesConfigz } from '../kubernetes/kubelet-behaviour.ts';
import type { NodeCondition } from '../kubernetes/node-object.ts';
import type { LabProcess, NodeDescription, NodeRoot } from './node-root.ts';

/** `systemctl`, `systemd-run` and the kubelet's health endpoint, for shells inside the node's root. The kubelet starts as the real one does. */
export function withSystemd({ processes = [], files = {}, ...rest }: NodeDescription): NodeDescription {
  const isKubelet = ({ argv }: LabProcess) => argv[0]?.endsWith('/kubelet') ?? false;
  const kubelet = processes.find(isKubelet);
  const config = kubelet?.argv.find((each) => each.startsWith('--config='))?.slice('--config='.length) ?? '';
  const text = files[config];
  if (!kubelet || typeof text !== 'string') throw new Error('the lab restarts a kubelet that has a configuration file');

  const program = (lines: string) => ({ text: `#!/bin/sh\n${lines.trimStart()}`, mode: 0o755 });
  return {
    ...rest,
    processes: processes.map((each) => (isKubelet(each) ? { ...each, executable } : each)),
    files: {
      [executable]: program('exit 0\n'),
      '/etc/systemd/system/kubelet.service': `[Service]\nExecStart=${kubelet.argv.join(' ')}\n`,
      '/run/systemd/system': { directory: true },
      '/var/lib/kubelet': { directory: true },
      [`${state}/pid`]: `${kubelet.pid}\n`,
      [`${state}/main`]: `${kubelet.pid}\n`,
      [`${state}/active`]: 'active\n',
      [`${state}/config`]: text,
      '/usr/sbin/systemctl': program(systemctl),
      '/usr/sbin/systemd-run': program(`name=\${1#--unit=}\necho "$*" >${state}/timer-$name\n`),
      '/usr/sbin/curl': program(`[ "$(cat ${state}/active)" = active ] || exit 7\nprintf ok\n`),
      // Nobody waits for a kubelet that is a text: a second that is slept is one of this node's clock, and a moment of ours.
      '/usr/sbin/sleep': program(
        'read -r up _ </proc/uptime\nawk -v up="$up" -v more="$1" \'BEGIN { printf "%.2f 1.00\\n", up + more }\' >/proc/uptime.next\nmv /proc/uptime.next /proc/uptime\nexec /usr/bin/sleep 0.02\n',
      ),
      '/usr/sbin/date': program(
        '[ "$1" = +%s%N ] || exec /usr/bin/date "$@"\nawk -v boot="$(sed -n "s/^btime //p" /proc/stat)" \'{ printf "%d%09d\\n", boot + int($1), ($1 - int($1)) * 1000000000 }\' /proc/uptime\n',
      ),
      ...files,
    },
  };
}

/** Not where it says: the shells in the root see this machine's own /usr/bin. */
const executable = '/opt/kubelet/kubelet';
const state = '/run/lab/systemd';
const stubborn = `${state}/starts-only-as-before`;

const systemctl = `
state=${state}
kubelet=$(cat $state/pid)

show() {
  case $1 in
    LoadState) echo LoadState=loaded ;;
    MainPID) echo "MainPID=$(cat $state/main)" ;;
    ActiveState) echo "ActiveState=$(cat $state/active)" ;;
    SubState) if [ "$(cat $state/active)" = active ]; then echo SubState=running; else echo SubState=failed; fi ;;
    NeedDaemonReload) echo NeedDaemonReload=no ;;
    FragmentPath) echo FragmentPath=/etc/systemd/system/kubelet.service ;;
    *) echo "$1=" ;;
  esac
}

stop() {
  [ "$(cat $state/main)" != 0 ] || return 0
  mv "/proc/$kubelet" $state/process
  awk -v pid="$kubelet" '$2 == pid' /ps-ef.txt >$state/line
  awk -v pid="$kubelet" '$2 != pid' /ps-ef.txt >$state/lines
  cat $state/lines >/ps-ef.txt
  echo 0 >$state/main
}

start() {
  config=$(tr '\\000' '\\n' <$state/process/cmdline | sed -n 's/^--config=//p' | tail -n 1)
  ca=$(sed -n 's/.*"clientCAFile": *"\\([^"]*\\)".*/\\1/p' "$config")
  well=yes
  if [ -n "$ca" ] && ! grep -q 'BEGIN CERTIFICATE' "$ca"; then well=; fi
  if [ -e ${stubborn} ] && ! cmp -s "$config" $state/config; then well=; fi
  [ -n "$well" ] || { echo failed >$state/active; return 1; }

  next=$((kubelet + 1))
  mv $state/process "/proc/$next"
  ones=$(printf '1 %.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18)
  # By the clock that files have, which sleeps do not move; later than any file that is there.
  sleep 0
  boot=$(sed -n 's/^btime //p' /proc/stat)
  printf '%s (kubelet) S %s%s 7 8\\n' "$next" "$ones" "$(($(/usr/bin/date +%s%N) / 10000000 - boot * 100 + 10))" >"/proc/$next/stat"
  sed "s/ $kubelet / $next /" $state/line >>/ps-ef.txt
  echo "$next" >$state/pid
  echo "$next" >$state/main
  cat "$config" >$state/config
  rm -rf $state/drop-ins
  folder=$(tr '\\000' '\\n' <"/proc/$next/cmdline" | sed -n 's/^--config-dir=//p' | tail -n 1)
  [ -z "$folder" ] || cp -r "$folder" $state/drop-ins
  echo active >$state/active
}

case $1 in
  show) show "$4" ;;
  daemon-reload | reset-failed) ;;
  restart)
    date +%s >>$state/restarts
    stop
    start ;;
  stop) shift; for each in "$@"; do rm -f "$state/timer-\${each%.timer}"; done ;;
  is-active) [ -e "$state/timer-\${3%.timer}" ] ;;
  *) echo "the lab's systemctl knows no $*" >&2; exit 1 ;;
esac
`;

/** From now on its kubelet starts with no other configuration than the one that it has. */
export const refuseOtherConfigurations = (root: NodeRoot): void => writeFileSync(join(root.path, stubborn), '');

/** How often its kubelet was restarted. */
export function restartsOf(root: NodeRoot): number {
  const file = join(root.path, state, 'restarts');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').length : 0;
}

/** The condition Ready of its Node object: its kubelet runs, and posts its status when it starts. */
export const conditionOf = (root: NodeRoot): NodeCondition => ({
  ready: readFileSync(join(root.path, state, 'active'), 'utf8').trim() === 'active',
  heartbeatAt: `${new Date(Date.parse('2026-11-01T06:00:00Z') + restartsOf(root) * 60_000).toISOString().slice(0, 19)}Z`,
});

type Configuration = Readonly<Record<string, unknown>>;
const isMap = (value: unknown): value is Configuration =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A drop-in over what was before it; without null, which deletes. */
const merged = (below: Configuration, above: Configuration): Configuration => ({
  ...below,
  ...Object.fromEntries(
    Object.entries(above).map(([key, value]) => {
      const old = below[key];
      return [key, isMap(value) && isMap(old) ? merged(old, value) : value];
    }),
  ),
});

/** How its kubelet answers configz, at any moment: as given until the first restart, then by the configuration that it started with. */
export const kubeletOf = (root: NodeRoot, untilRestarted: KubeletBehaviour): KubeletBehaviour => ({
  kind: 'live',
  now() {
    if (restartsOf(root) === 0) return untilRestarted;
    const read = (name: string) => readFileSync(join(root.path, state, name), 'utf8');
    if (read('active').trim() !== 'active') return { kind: 'refused' };

    const dropIns = join(root.path, state, 'drop-ins');
    const files = existsSync(dropIns)
      ? readdirSync(dropIns)
          .filter((name) => name.endsWith('.conf'))
          .sort()
      : [];
    const config = ['config', ...files.map((name) => `drop-ins/${name}`)]
      .map((name): Configuration => JSON.parse(read(name)))
      .reduce(merged);
    return Object(config['authentication']).x509?.clientCAFile
      ? servesConfigz({ ...config })
      : { kind: 'kubelet-refuses' };
  },
});
