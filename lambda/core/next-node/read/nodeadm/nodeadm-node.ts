import { ok } from '../../../model/result.ts';
import type { SettingPath } from '../../../model/settings.ts';
import { printable } from '../../../model/text/printable.ts';
import { settingFacts, unknownFact } from '../../../read/kubelet/setting-facts.ts';
import { amazonLinuxConfig } from '../eks-defaults.ts';
import { flagWords } from '../flag-words.ts';
import { type FirstFacts, firstFacts, startedBy } from '../next-facts.ts';
import { withoutNotYetKnown } from '../not-yet-known.ts';
import { judgeParts } from '../shell/other-parts.ts';
import { type Joins, type NextNodeOptions, nameOfPiece, unknownNode, type WithoutHash } from '../types.ts';
import { type AnswerFault, type NodeadmAnswer, nodeadmAnswer } from './nodeadm-answer.ts';
import { nodeadmPlace } from './nodeadm-places.ts';

const configFile = '/etc/kubernetes/kubelet/config.json';
const dropInFile = '/etc/kubernetes/kubelet/config.json.d/40-nodeadm.conf';

/** A node of Amazon Linux 2023 on EC2, which nodeadm configures by its user data. */
export function nodeadmNode(options: NextNodeOptions): WithoutHash {
  const answer = nodeadmAnswer(options.pieces);
  if (!answer.ok) return refusedNode(answer.error);

  const mayChange = judgeParts(answer.value.others);
  const known = withoutNotYetKnown(answer.value);
  if (known.decides === 'all') return unknownNode(byDeployment);
  const first = nodeadmFacts(known.answer, options, dropInFile);
  if (first === undefined)
    return unknownNode('flags with a backslash or a line break, which systemd reads in its own way');

  const joins = (options.cluster === 'whole' ? missingOf(answer.value) : undefined) ?? startedBy(first);
  const reading = withUnknown(first.reading, known.decides);
  return { reading, joins, places: first.places, ...(mayChange && { mayChange }) };
}

const byDeployment = 'a value that only the deployment knows decides about it';

const withUnknown = (reading: FirstFacts['reading'], decides: ReadonlySet<SettingPath>): FirstFacts['reading'] =>
  reading.ok && decides.size > 0
    ? ok({
        ...reading.value,
        settings: settingFacts((path) =>
          decides.has(path) ? unknownFact(byDeployment) : reading.value.settings[path],
        ),
      })
    : reading;

/** One part that nodeadm cannot read loses all of them. */
export function refusedNode({ kind, because, piece, part }: AnswerFault): WithoutHash {
  const where = part === undefined ? '' : `part ${part}: `;
  if (kind === 'not-read')
    return unknownNode(`${where}${because}; this program does not follow what nodeadm makes of it`);

  const text = `nodeadm cannot read the user data, ${where}${because}`;
  const placed = { piece, ...(part !== undefined && { part }) };
  return { ...unknownNode(text), joins: { status: 'no', by: 'bootstrap', because: text, ...placed } };
}

export function nodeadmFacts(
  answer: NodeadmAnswer,
  { pieces, kubeletMinor, kind }: NextNodeOptions,
  dropIn: string,
): FirstFacts | undefined {
  const words = flagWords(answer.flags);
  if (!words.ok) return undefined;

  return firstFacts({
    flags: [
      `--config=${configFile}`,
      ...(answer.dropIn === undefined ? [] : [`--config-dir=${dropIn.replace(/\/[^/]*$/, '')}`]),
      '--kubeconfig=/var/lib/kubelet/kubeconfig',
      "--hostname-override=(the instance's own name)",
      ...words.value.map(({ word }) => word),
    ],
    configFile,
    config: amazonLinuxConfig,
    ...(answer.dropIn !== undefined && { dropIn: { path: dropIn, config: answer.dropIn } }),
    kubeletMinor,
    notes: [
      `not running yet: what a new node (${kind === 'hybrid' ? 'hybrid' : 'Amazon Linux 2023'}, Kubernetes 1.${kubeletMinor}) will run, by its NodeConfig`,
      ...(answer.unknownFields.length === 0
        ? []
        : [`nodeadm has no such field and ignores it: ${printable(answer.unknownFields.join(', '), 300)}`]),
    ],
    placeOf: (setting, by) => nodeadmPlace(answer, words.value, setting)(by),
    nameOf: (piece) => nameOfPiece(pieces[piece]),
  });
}

/** Source: `nodeadm/internal/api/validation.go`, `internal/api/net.go`. */
function missingOf({ layers, cluster }: NodeadmAnswer): Joins | undefined {
  const stops = (because: string): Joins => ({ status: 'no', by: 'bootstrap', because: `nodeadm stops: ${because}` });

  if (layers.length === 0) return stops('no NodeConfig is in the user data');
  if (cluster.name === '') return stops('spec.cluster.name is missing');
  if (cluster.apiServerEndpoint === '') return stops('spec.cluster.apiServerEndpoint is missing');
  if (!cluster.certificateAuthority) return stops('spec.cluster.certificateAuthority is missing');
  if (cluster.cidr === '') return stops('spec.cluster.cidr is missing');
  if (cluster.enableOutpost && cluster.id === '') return stops('spec.cluster.id is missing, which an Outpost needs');
  return /^(?:\d{1,3}(?:\.\d{1,3}){3}|(?=[\da-fA-F.]*:)[\da-fA-F:.]*)\/\d{1,3}$/.test(cluster.cidr)
    ? undefined
    : { status: 'unknown', because: 'spec.cluster.cidr is no address range that this program knows' };
}
