import type { Origin, Via } from '../model.ts';
import type { UserDataOrigin } from '../node-facts.ts';

/** Where a value comes from, as a person reads it. */
export function originText(origin: Origin): string {
  switch (origin.from) {
    case 'running':
      return 'running configuration';
    case 'flag':
      return `flag --${origin.flag}`;
    case 'drop-in':
      return `drop-in ${origin.file}`;
    case 'file':
      return `file ${origin.file}`;
    case 'default':
      if (origin.of === 'EKS-optimized AMI') return 'default of the EKS-optimized AMI';
      return origin.deletedBy === undefined
        ? `default (${origin.of})`
        : `default (${origin.of}), since drop-in ${origin.deletedBy} deletes it`;
    case 'user-data':
      return userDataText(origin);
    case 'node':
      return `the node's ${origin.file}`;
    case 'handshake':
      return 'TLS handshake';
    case 'answer':
      return 'shown by its answer';
    case 'grants':
      return 'RBAC objects and EKS access entries';
  }
}

function userDataText({ file, part, line, flag, key }: UserDataOrigin): string {
  const place = [
    file ?? 'user data',
    ...(part === undefined ? [] : [`part ${part}`]),
    ...(line === undefined ? [] : [`line ${line}`]),
    ...(key === undefined ? [] : [key]),
  ].join(', ');
  return flag === undefined ? place : `flag --${flag} (${place})`;
}

/** How a node was read, as a person reads it. */
export const viaText: Readonly<Record<Via | 'apis', string>> = {
  direct: 'its own port',
  configz: 'configz',
  ssm: 'SSM',
  tls: 'TLS',
  wire: 'the wire',
  files: 'saved files',
  apis: 'the APIs of Kubernetes and AWS',
};
