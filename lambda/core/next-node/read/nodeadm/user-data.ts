import { err, ok, type Result } from '../../../model/result.ts';
import type { DocumentFault } from '../../../read/kubelet/documents/tree.ts';
import type { OtherPart } from '../shell/other-parts.ts';
import { decodedBase64, gunzipped, isGzip } from '../user-data/encodings.ts';
import { type MimePart, nodeConfigType, readMessage } from '../user-data/mime.ts';
import { decodeNodeConfig, type NodeConfig } from './node-config.ts';

/** A NodeConfig of some user data, and where it is written. */
interface PlacedConfig {
  readonly config: NodeConfig;
  /** Counted from 1; absent where the user data is one document. */
  readonly part?: number;
  /** Where its text begins in the bytes that were given; absent where it is encoded. */
  readonly at?: number;
}

export interface NodeadmUserData {
  readonly configs: readonly PlacedConfig[];
  readonly others: readonly OtherPart[];
}

/** `part` is the one that spoils it. */
export interface UserDataFault extends DocumentFault {
  readonly part?: number;
}

/**
 * The NodeConfigs of user data in their order, as nodeadm finds them. One that cannot be decoded spoils them all; that there is none is no error here,
 * since another source may have one. Source: awslabs/amazon-eks-ami `nodeadm/internal/configprovider/{userdata,mime,encoding}.go`.
 */
export function nodeadmUserData(given: Uint8Array): Result<NodeadmUserData, UserDataFault> {
  const opened = openedOf(given);
  if (!opened.ok) return opened;
  const bytes = opened.value;
  const isPlain = bytes === given;

  const message = readMessage(bytes);
  if (!message.ok) return message;
  if (message.value !== undefined) return configsOf(message.value, isPlain);
  const config = decodeNodeConfig(bytes);
  if (!config.ok) return config;
  // cloud-init looks at the same text, and runs one that begins as a script does.
  return ok({ configs: [{ config: config.value, ...(isPlain && { at: 0 }) }], others: [{ type: '', body: bytes }] });
}

/** base64, then gzip, each where the bytes look like it: not the other way round, and each once. */
function openedOf(bytes: Uint8Array): Result<Uint8Array, DocumentFault> {
  const decoded = decodedBase64(bytes) ?? bytes;
  return isGzip(decoded) ? gunzipped(decoded) : ok(decoded);
}

/** All parts are looked at: what nodeadm refuses in one outweighs what is not followed in another. */
function configsOf(parts: readonly MimePart[], isPlain: boolean): Result<NodeadmUserData, UserDataFault> {
  const configs: PlacedConfig[] = [];
  const others: OtherPart[] = [];
  const faults: UserDataFault[] = [];

  for (const [index, { type, body, at }] of parts.entries()) {
    const part = index + 1;
    if (type !== nodeConfigType) {
      others.push({ part, type, body });
      continue;
    }
    const read = decodePart(body);
    if (!read.ok) faults.push({ ...read.error, part });
    else configs.push({ config: read.value.config, part, ...(isPlain && read.value.isPlain && { at }) });
  }
  const fault = faults.find(({ kind }) => kind === 'refused') ?? faults[0];
  return fault === undefined ? ok({ configs, others }) : err(fault);
}

export function decodePart(
  body: Uint8Array,
): Result<{ readonly config: NodeConfig; readonly isPlain: boolean }, DocumentFault> {
  const opened = openedOf(body);
  if (!opened.ok) return opened;
  const config = decodeNodeConfig(opened.value);
  return config.ok ? ok({ config: config.value, isPlain: opened.value === body }) : config;
}
