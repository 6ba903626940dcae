import { printable } from '../../../model/text/printable.ts';
import { type CloudInitPart, cloudInitPart } from './cloud-init.ts';
import { shellCommands } from './commands.ts';
import { isHarmless } from './harmless.ts';

/** What cloud-init gets beside the NodeConfigs. */
interface OtherPart {
  readonly part?: number;
  readonly type: string;
  readonly body: Uint8Array;
}

/** Why it is not known what these parts do to the kubelet; `undefined` where they certainly do nothing to it. Never a quotation: scripts hold secrets. */
export function notHarmless(others: readonly OtherPart[]): string | undefined {
  for (const { part, type, body } of others) {
    const reason = reasonOf(cloudInitPart(type, body));
    if (reason !== undefined)
      return `${part === undefined ? 'the user data' : `part ${part}`} may change the kubelet: ${reason}`;
  }
  return undefined;
}

function reasonOf(part: CloudInitPart): string | undefined {
  switch (part.kind) {
    case 'ignored':
      return undefined;
    case 'not-followed':
      return `it is ${part.because}`;
    case 'config': {
      const [key] = part.keys;
      return key === undefined ? undefined : `cloud-config has ${printable(key, 60)}`;
    }
    case 'several':
      return part.parts.map((each) => reasonOf(each)).find((reason) => reason !== undefined);
    case 'script': {
      const commands = shellCommands(part.text);
      if (!commands.ok) return commands.error;
      const odd = commands.value.find((pipeline) => !isHarmless(pipeline));
      if (odd === undefined) return undefined;
      return `line ${part.text.slice(0, odd[0].at).split('\n').length} of its script is not one that certainly leaves it alone`;
    }
  }
}
