import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type SettingPath, settings } from '../../lambda/core/model/settings.ts';
import { formatGoDuration, parseGoDuration } from '../../lambda/core/read/kubelet/documents/go-values.ts';
import { type RecordedMachine, readMachines } from '../conformance/recorded-machine.ts';
import { seconds } from '../patience.ts';
import { isFull } from './how-much.ts';
import { underSystemd } from './real-systemd.ts';
import { editedSettings, readByScript, type ScriptReading } from './script-reader.ts';

/** Of each file of cases one in so many, and one in three of those in which the order of drop-ins counts; all of them with `--full`. */
const shares = [
  ['directed-k134', 24],
  ['directed-k129', 21],
  ['k134', 120],
  ['k129', 117],
  ['k134-wild', 60],
] as const;

/** Whether two drop-ins of one folder say different things of one line of text. A drop-in in a folder within is refused. */
function drawsOnOrder({ files }: RecordedMachine): boolean {
  const dropIns = Object.entries(files).flatMap(([path, file]) =>
    path.endsWith('.conf') && 'text' in file ? [{ folder: dirname(path), lines: new Set(file.text.split('\n')) }] : [],
  );
  const [first, ...others] = dropIns;
  return (
    first !== undefined &&
    others.length > 0 &&
    others.every(({ folder }) => folder === first.folder) &&
    others.some(({ lines }) => [...lines].some((line) => !first.lines.has(line)))
  );
}

const folder = join(import.meta.dirname, '..', 'conformance', 'cases');
const machinesOf = (name: string, share: number): readonly RecordedMachine[] =>
  readMachines(join(folder, `${name}.jsonl.br`))
    .filter(({ answer }) => answer.starts)
    .filter((machine, index) => isFull || index % share === 0 || (index % 3 === 0 && drawsOnOrder(machine)));

/** A value of the script, which takes texts as they stand, as the kubelet shows it. */
function shown(
  path: SettingPath,
  { source, value }: { readonly source: string; readonly value: string },
  machine: RecordedMachine,
): unknown {
  const { type, default: ofFile, legacyDefault } = settings[path];
  // Up to 1.31 a drop-in is merged when defaults are set already.
  const isDefaulted = source === 'file' || (source === 'drop-in' && minorOf(machine) >= 32);
  const isGate = path.startsWith('featureGates.');
  if (source === 'none') return isGate ? null : legacyDefault;
  if (source === 'absent' || source === 'deleted') return isGate ? null : ofFile;

  switch (type) {
    case 'bool':
      return /^(1|t|T|TRUE|true|True)$/.test(value);
    case 'int':
      return Number(value);
    case 'duration': {
      const nanoseconds = parseGoDuration(value) ?? -1n;
      return isDefaulted && nanoseconds === 0n ? ofFile : formatGoDuration(nanoseconds);
    }
    case 'string':
      if (path === 'authorization.mode' && value === '' && isDefaulted) return ofFile;
      return source === 'file' && path === 'authentication.x509.clientCAFile' && value !== ''
        ? absolute(value, machine)
        : value;
  }
}

const minorOf = ({ version }: RecordedMachine): number => Number(/^v1\.(\d+)\./.exec(version)?.[1]);

/** The kubelet takes a relative path of its main file from the folder of that file. */
function absolute(path: string, { args }: RecordedMachine): string {
  const config = args.findLast((each, index) => each.startsWith('--config=') || args[index - 1] === '--config') ?? '';
  return path.startsWith('/') ? path : join(config.replace(/^--config=/, ''), '..', path);
}

function disagreements(machine: RecordedMachine, reading: ScriptReading): readonly string[] {
  const { answer, id, version } = machine;
  if ('refused' in reading || !answer.starts) return [];
  return editedSettings.flatMap((path) => {
    const own = reading.settings[path];
    const truth = answer.settings[path];
    const said = own && shown(path, own, machine);
    return said === truth
      ? []
      : [`${id} (${version}): ${path} is ${JSON.stringify(truth)}, and the script says ${JSON.stringify(own)}`];
  });
}

// The machines of a case are read at one go: side by side, the first case would have to wait for all others within its own time.
describe('the script’s reader', { ...underSystemd, concurrent: false }, () => {
  it.each(shares)(
    'says of %s what the kubelet runs with, or leaves the machine to a person',
    (name, share) => {
      const machines = machinesOf(name, share);
      const readings = readByScript(machines, { awk: share % 2 === 0 ? 'mawk' : 'gawk' });
      const read = readings.filter((each) => 'settings' in each).length;

      expect(
        machines.flatMap((machine, index) => disagreements(machine, readings[index] ?? { refused: 'nothing' })),
      ).toEqual([]);
      // What is refused proves nothing.
      expect(read).toBeGreaterThan(machines.length / 20);
    },
    seconds(isFull ? 1_200 : 200),
  );
});
