import { err, ok, type Result } from '../../../model/result.ts';
import type { TreeMap } from '../../../read/kubelet/documents/tree.ts';
import { type Pipeline, shellCommands } from '../shell/commands.ts';
import { isHarmless } from '../shell/harmless.ts';
import { type BootstrapCall, bootstrapCall } from './bootstrap-call.ts';
import { al2ConfigFile, type ConfigEdit, edited, editsIntoFile, editsOf, withNamedEdits } from './config-edits.ts';

/** A place in the text of one script, in characters. */
export interface ScriptRange {
  readonly script: number;
  readonly start: number;
  readonly end: number;
}

/** What the scripts of a node did so far. */
export interface Al2State {
  readonly config: TreeMap;
  /** Keys that a script set, and the command that did. */
  readonly edits: readonly { readonly keys: readonly string[]; readonly range: ScriptRange }[];
  /** Edited copies of the configuration that lie elsewhere, until they are moved over it. */
  readonly copies: ReadonlyMap<string, readonly ConfigEdit[]>;
  readonly call?: BootstrapCall & { readonly range?: ScriptRange };
  /** Of the environment, where the call gives no extra arguments. */
  readonly environmentArgs?: string;
  /** The kubelet was started, and its file changed after that. */
  readonly restartMissing: boolean;
}

/** Runs nothing: follows the commands that it recognizes word for word, and says at which line it cannot. */
export function followScript(text: string, script: number, before: Al2State): Result<Al2State, string> {
  const { text: named, programs } = withNamedEdits(text);
  const pipelines = shellCommands(named);
  if (!pipelines.ok) return pipelines;

  let state = before;
  let isChanged = false;
  for (const pipeline of pipelines.value) {
    const next = step(pipeline, { programs, script, state });
    const { at, behind } = pipeline[0];
    const wasChanged = isChanged;
    isChanged = next !== undefined && changes(state, next);
    // Behind `||` it runs only after a failure. Behind `&&`, only what was followed is known to end well: not a test of a file.
    const mayNotRun = (behind === '||' && next !== state) || (behind === '&&' && isChanged && !wasChanged);
    if (next === undefined || mayNotRun)
      return err(`line ${text.slice(0, at).split('\n').length} of its script is not followed`);
    state = next;
  }
  return ok(state);
}

/** A restart alone changes nothing that is read. */
const changes = (before: Al2State, after: Al2State): boolean =>
  before.config !== after.config ||
  before.copies !== after.copies ||
  before.call !== after.call ||
  before.environmentArgs !== after.environmentArgs;

interface StepOptions {
  readonly programs: ReadonlyMap<string, string>;
  readonly script: number;
  readonly state: Al2State;
}

function step(pipeline: Pipeline, { programs, script, state }: StepOptions): Al2State | undefined {
  const [first] = pipeline;
  const words = first.words[0] === 'sudo' ? first.words.slice(1) : first.words;
  const offset = first.words.length - words.length;
  const range: ScriptRange = { script, start: first.at, end: first.ranges.at(-1)?.end ?? 0 };
  const [program, ...operands] = words;

  const named = programs.get(program ?? '');
  if (named !== undefined) {
    const edits = editsOf(named);
    return edits === undefined ? undefined : withEdits(state, edits, range);
  }

  const into = editsIntoFile(pipeline);
  if (into !== undefined) {
    const isHarmlessTarget = into.target.startsWith('/tmp/') && !into.target.includes('..');
    return isHarmlessTarget ? { ...state, copies: new Map(state.copies).set(into.target, into.edits) } : undefined;
  }
  const copied = state.copies.get(operands[0] ?? '');
  if (
    (program === 'mv' || program === 'cp') &&
    operands.length === 2 &&
    operands[1] === al2ConfigFile &&
    copied !== undefined
  )
    return withEdits(state, copied, range);
  if (first.writes.some((path) => path !== undefined && state.copies.has(path))) return undefined;

  if (program === '/etc/eks/bootstrap.sh' && pipeline.length === 1 && first.writes.length === 0) {
    const call = bootstrapCall(words);
    if (call === undefined || state.call !== undefined) return undefined;
    const word = call.extraArgs === undefined ? undefined : first.ranges[call.extraArgs.word + offset];
    return {
      ...state,
      call: { ...call, ...(word !== undefined && { range: { script, ...word } }) },
      restartMissing: false,
    };
  }
  if (
    program === 'systemctl' &&
    operands.length === 2 &&
    operands[0] === 'restart' &&
    /^kubelet(?:\.service)?$/.test(operands[1] ?? '')
  )
    return { ...state, restartMissing: false };

  const assigned = words.findLast((word) => word?.startsWith('KUBELET_EXTRA_ARGS=') === true);
  if (assigned !== undefined)
    return program === 'export' && pipeline.length === 1 && isHarmless(pipeline)
      ? { ...state, environmentArgs: assigned.slice('KUBELET_EXTRA_ARGS='.length) }
      : undefined;
  return isHarmless(pipeline) ? state : undefined;
}

function withEdits(state: Al2State, edits: readonly ConfigEdit[], range: ScriptRange): Al2State | undefined {
  let config: TreeMap | undefined = state.config;
  for (const edit of edits) config = config === undefined ? undefined : edited(config, edit);
  if (config === undefined) return undefined;
  return {
    ...state,
    config,
    edits: [...state.edits, ...edits.map(({ keys }) => ({ keys, range }))],
    restartMissing: state.call !== undefined,
  };
}
