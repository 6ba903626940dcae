import { err, ok, type Result } from '../../../model/result.ts';
import { trimmedEnd } from '../../../model/text/words.ts';
import type {
  CertificatesSnapshot,
  DirectorySnapshot,
  FileSnapshot,
  FileTimes,
  NodeFiles,
  PermissionsSnapshot,
} from '../node-files.ts';
import { type Frame, FrameReader, Malformed, utf8 } from './frame-reader.ts';

/** What the probe found on a node. The kubelet's version is not in it: the caller knows it from the Node object. */
export type ProbeAnswer = { readonly ignored: readonly IgnoredProcesses[] } & (
  | { readonly outcome: 'kubelet'; readonly files: NodeFiles; readonly around: NodeSnapshots }
  | { readonly outcome: 'bottlerocket'; readonly report: CommandOutput; readonly settings: CommandOutput }
  | { readonly outcome: 'no-kubelet' }
  | { readonly outcome: 'several-kubelets'; readonly processes: readonly KubeletProcess[] }
  | { readonly outcome: 'not-supported'; readonly because: string }
);

/** What only a look at the node itself can tell, by absolute path. A path that is in no map was not looked for. */
export interface NodeSnapshots {
  readonly permissions: ReadonlyMap<string, PermissionsSnapshot>;
  readonly certificates: ReadonlyMap<string, CertificatesSnapshot>;
}

/** What a command of the node's API printed, or why there is nothing of it. */
export type CommandOutput =
  | { readonly status: 'read'; readonly text: string }
  | { readonly status: 'refused'; readonly because: string };

interface KubeletProcess {
  readonly pid: number;
  readonly parent: number;
}

/** Processes named like a kubelet that are not the host's own. */
export interface IgnoredProcesses {
  readonly where: string;
  readonly count: number;
}

/** Most bytes of a decoded answer: the probe sends at most 256 KB of files, 64 KB of arguments and 128 KB of certificates. */
export const probeAnswerLimit = 512 * 1024;

/**
 * Reads the decoded body of a probe's answer: frames in a fixed order, each at most once, up to the closing `done`.
 * The node wrote it, so every byte is a claim: anything outside the grammar refuses the whole answer, with one sentence why.
 * The shell that writes it is `infra/documents/probe/script`.
 */
export function parseProbeAnswer(body: Uint8Array): Result<ProbeAnswer, string> {
  if (body.length > probeAnswerLimit) return err(`the probe's answer is longer than ${probeAnswerLimit} bytes`);

  try {
    return ok(readAnswer(new FrameReader(body)));
  } catch (error) {
    if (error instanceof Malformed) return err(`the probe's answer is malformed: ${error.message}`);
    throw error;
  }
}

function readAnswer(reader: FrameReader): ProbeAnswer {
  const ignored = readIgnored(reader);
  const answer = readOutcome(reader);
  reader.line(/^done$/);
  reader.end();
  return { ignored, ...answer };
}

function readIgnored(reader: FrameReader): readonly IgnoredProcesses[] {
  const ignored: IgnoredProcesses[] = [];
  while (reader.next('ignored ')) {
    const [reason = '', count] = reader.line(/^ignored ([a-z-]{1,40}) ([1-9]\d{0,6})$/);
    const where = ignoredBecause.get(reason);
    if (!where || ignored.some((each) => each.where === where))
      throw new Malformed('an unknown or repeated kind of ignored process');
    ignored.push({ where, count: Number(count) });
  }
  return ignored;
}

type Outcome = ProbeAnswer extends infer T ? (T extends unknown ? Omit<T, 'ignored'> : never) : never;

function readOutcome(reader: FrameReader): Outcome {
  if (reader.next('none')) {
    reader.line(/^none$/);
    return { outcome: 'no-kubelet' };
  }
  if (reader.next('unsupported ')) {
    const [code = ''] = reader.line(/^unsupported ([a-z0-9-]{1,40})$/);
    return { outcome: 'not-supported', because: unsupportedBecause(code) };
  }
  if (reader.next('several')) return readSeveral(reader);
  if (reader.next('bottlerocket')) return readBottlerocket(reader);
  return readKubelet(reader);
}

function readSeveral(reader: FrameReader): Outcome {
  reader.line(/^several$/);
  const processes: KubeletProcess[] = [];
  while (reader.next('process ')) {
    const [pid, parent] = reader.line(/^process (\d{1,10}) (\d{1,10})$/);
    processes.push({ pid: Number(pid), parent: Number(parent) });
  }
  if (processes.length < 2 || processes.length > 16)
    throw new Malformed(`several kubelets, and ${processes.length} of them named`);
  return { outcome: 'several-kubelets', processes };
}

function readBottlerocket(reader: FrameReader): Outcome {
  reader.line(/^bottlerocket$/);
  return {
    outcome: 'bottlerocket',
    report: toText(reader.frame('report')),
    settings: toText(reader.frame('settings')),
  };
}

function readKubelet(reader: FrameReader): Outcome {
  reader.line(/^kubelet (\d{1,10}) (\d{1,10})$/);
  const [started] = reader.line(/^started (\d{1,11}\.\d{2}|unknown)$/);
  const commandLine = readArguments(reader.frame('arguments'));
  const directory = readWorkingDirectory(reader.frame('working-directory'));
  const [alpha] = reader.line(/^alpha (yes|no)$/);
  const startLog = reader.next('start-log ') && toStartLog(utf8(reader.frame('start-log').content) ?? '');
  const found: FoundFile = { files: new Map(), directories: new Map(), times: new Map() };
  if (reader.next('config ')) {
    addFile(found.files, reader.frame('config'));
    readTimes(reader, found.times);
  }
  if (reader.next('directory ')) readDirectory(reader, found);
  const around = readSnapshots(reader);

  if (reader.next('changed')) {
    reader.line(/^changed$/);
    return { outcome: 'not-supported', because: unsupportedBecause('process-changed') };
  }
  const startedAt = started === undefined || started === 'unknown' ? {} : { startedAt: Number(started) };
  return {
    outcome: 'kubelet',
    files: {
      commandLine,
      ...directory,
      ...found,
      ...startedAt,
      ...(startLog && { startLog }),
      dropInDirectoryAlpha: alpha === 'yes',
    },
    around,
  };
}

function toStartLog(text: string): NonNullable<NodeFiles['startLog']> {
  const rows = text.split('\n');
  if (
    rows.length > 16 ||
    !rows.every((row) => /^(?:begins|listens|client-ca [!-~ ]{1,1024}|read-only-port \d{1,5})$/.test(row))
  )
    throw new Malformed('rows of a start log that the probe does not write');
  const after = (word: string) => rows.flatMap((row) => (row.startsWith(word) ? [row.slice(word.length)] : []));
  return {
    isWhole: rows.includes('begins') && rows.includes('listens'),
    clientCas: after('client-ca '),
    readOnlyPorts: after('read-only-port ').map(Number),
  };
}

/** At most the kubeconfig and the main file, and eight paths where a client CA may lie. */
function readSnapshots(reader: FrameReader): NodeSnapshots {
  const permissions = new Map<string, PermissionsSnapshot>();
  for (let count = 0; count < 2 && reader.next('permissions '); count += 1) {
    const frame = reader.frame('permissions');
    addOnce(permissions, frame.path, toPermissions(frame));
  }

  const certificates = new Map<string, CertificatesSnapshot>();
  for (let count = 0; count < 8 && reader.next('client-ca '); count += 1) {
    const frame = reader.frame('client-ca');
    addCertificates(certificates, frame.path, toCertificates(frame));
  }
  return { permissions, certificates };
}

function readArguments(frame: Frame): NodeFiles['commandLine'] {
  // What was not read has no content.
  const text = utf8(frame.content);
  if (!text) throw new Malformed('the arguments are missing or not UTF-8');

  // Each argument ends in a NUL, the last one too; an empty argument is one.
  const whole = text.endsWith('\0') ? text.slice(0, -1) : text;
  return { from: 'proc', arguments: whole.split('\0') };
}

function readWorkingDirectory({ word, path }: Frame): Pick<NodeFiles, 'workingDirectory'> {
  if (word === 'absent') return {};
  if (word !== 'read' || !path.startsWith('/')) throw new Malformed('the working directory is not a path');
  return { workingDirectory: path };
}

interface FoundFile {
  readonly files: Map<string, FileSnapshot>;
  readonly directories: Map<string, DirectorySnapshot>;
  readonly times: Map<string, FileTimes>;
}

function readDirectory(reader: FrameReader, { files, directories, times }: FoundFile): void {
  const directory = reader.frame('directory');
  readTimes(reader, times);
  const found: string[] = [];
  while (reader.next('drop-in ')) {
    const dropIn = reader.frame('drop-in');
    if (directory.word !== 'read' || found.length === 64) throw new Malformed('more drop-ins than the probe sends');
    if (
      !(isBelow(directory.path, dropIn.path) || dropIn.path === directory.path) ||
      !dropIn.path.endsWith('.conf') ||
      found.includes(dropIn.path)
    )
      throw new Malformed('a drop-in that is not one');

    found.push(dropIn.path);
    addFile(files, dropIn);
    readTimes(reader, times);
  }
  directories.set(directory.path, toDirectory(directory.word, found));
}

function toDirectory(word: string, files: readonly string[]): DirectorySnapshot {
  switch (word) {
    case 'read':
      return { status: 'read', files };
    case 'not-walked':
    case 'absent':
      return { status: word };
    default:
      return { status: 'refused', because: refusedBecause(word) };
  }
}

/** A folder in a folder has times too, and each link on the way. */
const mostTimes = 4096;

/** Right behind what they belong to. Two times for one path are times of something that changed while it was read. */
function readTimes(reader: FrameReader, times: Map<string, FileTimes>): void {
  while (reader.next('times ')) {
    const { word, path, content } = reader.frame('times');
    if (word !== 'read' && word !== 'unsteady' && word !== 'mounted') throw new Malformed('times of an unknown kind');
    if (times.size === mostTimes) throw new Malformed('more times than the probe sends');

    const seen = word === 'read' ? toTimes(utf8(content) ?? '') : word === 'mounted' ? word : 'unknown';
    const before = times.get(path) ?? seen;
    const both = JSON.stringify(before) === JSON.stringify(seen) ? seen : 'unknown';
    times.set(path, before === 'mounted' || seen === 'mounted' ? 'mounted' : both);
  }
}

function toTimes(text: string): FileTimes {
  const [, modified, changed] = /^(\d{1,11}(?:\.\d{1,9})?) (\d{1,11}(?:\.\d{1,9})?)$/.exec(text.trim()) ?? [];
  if (modified === undefined || changed === undefined) throw new Malformed('times that stat does not write');
  return { modified: latest(modified), changed: latest(changed) };
}

/** `12.345` was cut to what is seen: it may be as late as just before `12.346`; a time in whole seconds may be a second later. */
const latest = (written: string): number => Number(written) + 10 ** -(written.split('.')[1]?.length ?? 0);

const isBelow = (directory: string, path: string): boolean => path.startsWith(`${trimmedEnd(directory, '/')}/`);

/** The main file may be in the drop-in directory too. Then one path has one content, or it changed while it was read. */
const addFile = (files: Map<string, FileSnapshot>, frame: Frame): void => addOnce(files, frame.path, toSnapshot(frame));

/** Two spellings of one path, of which the one with ".." was not looked at: that one decides, since links may lead it elsewhere. */
function addCertificates(known: Map<string, CertificatesSnapshot>, path: string, snapshot: CertificatesSnapshot): void {
  if (known.get(path)?.status === 'refused') return;
  if (snapshot.status === 'refused') known.set(path, snapshot);
  else addOnce(known, path, snapshot);
}

function addOnce<T>(known: Map<string, T>, path: string, snapshot: T): void {
  const before = known.get(path);
  if (before && JSON.stringify(before) !== JSON.stringify(snapshot))
    throw new Malformed('one file was read twice, with two contents');
  known.set(path, snapshot);
}

const toSnapshot = (frame: Frame): FileSnapshot => (frame.word === 'absent' ? { status: 'absent' } : toText(frame));

function toPermissions({ word, content }: Frame): PermissionsSnapshot {
  if (word === 'absent') return { status: 'absent' };
  if (word !== 'read') return { status: 'refused', because: refusedBecause(word) };

  const [, mode, uid = '', gid = '', user = '', group = ''] =
    /^([0-7]{1,4}) (0|[1-9]\d{0,9}) (0|[1-9]\d{0,9}) ([^\n:]{1,200}):([^\n:]{1,200})$/.exec(utf8(content) ?? '') ?? [];
  if (mode === undefined) throw new Malformed('a mode and an owner that stat does not write');
  return { status: 'read', mode: Number.parseInt(mode, 8), owner: ownerName(uid, user), group: ownerName(gid, group) };
}

/** The number decides who root is, since any account may be called so. */
function ownerName(id: string, name: string): string {
  if (id === '0') return 'root';
  return /^[\w.-]{1,64}$/.test(name) && name !== 'root' && name !== 'UNKNOWN' ? name : id;
}

function toCertificates({ word, content }: Frame): CertificatesSnapshot {
  if (word === 'absent') return { status: 'absent' };
  if (word !== 'read' && word !== 'not-root') return { status: 'refused', because: refusedBecause(word) };

  const lines = (utf8(content) ?? '!').split('\n').filter((line) => line !== '');
  const certificates = lines.filter((line) => /^[A-Za-z0-9+/]+={0,2}$/.test(line));
  return { status: 'read', certificates, unclean: lines.length - certificates.length, ownedByRoot: word === 'read' };
}

function toText({ word, content }: Frame): CommandOutput {
  if (word !== 'read') return { status: 'refused', because: refusedBecause(word) };

  const text = utf8(content);
  return text === undefined ? { status: 'refused', because: 'it is not UTF-8 text' } : { status: 'read', text };
}

/** The node writes the codes: these are Maps, since every object answers to `constructor`. */
const ignoredBecause: ReadonlyMap<string, string> = new Map([
  ['pod', 'in a pod'],
  ['pid-namespace', 'in another PID namespace'],
  ['mount-namespace', 'in another mount namespace'],
  ['owner', 'of another user than root'],
  ['other-root', 'in another root directory'],
]);

function refusedBecause(code: string): string {
  const because = refusals.get(code);
  if (because === undefined) throw new Malformed('an unknown reason why something was not read');
  return because;
}

const refusals: ReadonlyMap<string, string> = new Map([
  ['not-regular', 'it is not a regular file'],
  ['not-root', 'it does not belong to root'],
  ['too-large', 'it is larger than the probe reads (128 KB a file, 256 KB together)'],
  ['too-large-bundle', 'it is larger than the probe reads (256 KB)'],
  ['too-much', 'the command printed more than 64 KB'],
  ['unsteady', 'its size is not the one that was read: it was being written, or could not be read whole'],
  ['mounted', 'it has a mount over it'],
  ['nul-bytes', 'it has NUL bytes'],
  ['not-a-kubelet-configuration', 'it is not a KubeletConfiguration'],
  [
    'odd-characters',
    'it has control characters, or line ends that YAML readers see differently (U+0085, U+2028, U+2029, a lone CR)',
  ],
  ['secret', 'it names staticPodURL, and the probe sends no file that may hold a credential'],
  ['hidden-letters', 'it spells letters by escapes or tags, and the probe cannot tell what it would send'],
  // Behind a link, the file system goes another way than the letters of the path.
  ['dots', 'its path has ".." in it'],
  ['line-break', 'its path has a line break'],
  ['unlisted', 'it cannot be listed whole (deeper than four levels, or an error)'],
  ['too-many', 'it has more than 64 drop-ins'],
  ['too-many-certificates', 'it holds more than 8 certificates, or 16 KB of them'],
  ['no-room', 'its certificates do not fit into an SSM answer of 24,000 characters beside the rest'],
  ['failed', 'the command printed nothing within its time'],
]);

function unsupportedBecause(code: string): string {
  const tool = /^no-([a-z0-9]+)$/.exec(code)?.[1];
  const because = tool ? `the node has no ${tool} command` : unsupported.get(code);
  if (because === undefined) throw new Malformed('an unknown reason why the node was not read');
  return because;
}

const unsupported: ReadonlyMap<string, string> = new Map([
  ['ps-output', "the node's ps has not the columns of ps -ef"],
  [
    'other-file-system',
    "the SSM agent's shell has a file system of its own (it runs in a container), so it cannot see the kubelet's files",
  ],
  ['arguments-too-long', "the kubelet's arguments are longer than 64 KB"],
  [
    'secret-in-arguments',
    "the kubelet's arguments name --manifest-url, and the probe sends nothing that may hold a credential",
  ],
  ['process-changed', 'the kubelet was restarted while it was read'],
  ['answer-too-long', 'its files do not fit into an SSM answer of 24,000 characters'],
]);
