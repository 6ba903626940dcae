import { namesKubelet, placeOf } from './script-places.ts';

/** What the judge of a written text reports of it. */
export interface TextEffects {
  report(because: string, line: number, kind?: 'touches' | 'not-shown'): void;
  /** Follows a text that a shell runs. */
  script(text: string, line: number): void;
  /** A file that something runs, once all that is written there is known. */
  runs(path: string, line: number): void;
  hasUnit(name: string): boolean;
  mounts(device: string, folder: string, isEmpty: boolean): void;
}

interface Mount {
  readonly device: string;
  readonly folder: string;
  readonly type: string;
  readonly options: string;
}

/** Disks other than the first, whose file system the node runs from. */
export const isDevice = (path: string): boolean =>
  /^\/dev\/(?:nvme[1-9]\d*n\d+(?:p\d+)?|xvd[b-z]\w*|sd[b-z]\w*|md\/?\w+|mapper\/[\w-]+|disk\/by-[\w-]+\/[\w.:-]+|(?=[\w-]*vg)[\w-]+\/[\w-]+)$/.test(
    path,
  );

const isRemote = (device: string): boolean => /^(?:[\w.-]+:\/[\w./-]*|fs-\w+(?:[:.][\w./:@-]*)?)$/.test(device);

/** Why a mount may put other files in the place of the kubelet's, by `mount`, by /etc/fstab or by a unit. */
export function mountFault({ device, folder, type, options }: Mount, effects: TextEffects): string | undefined {
  if (namesKubelet(`${device} ${folder}`)) return 'a mount over files of the kubelet';
  if (type === 'swap' || folder === 'none')
    return /^(?:\/swap\w*|\/dev\/[\w/]+|UUID=.+|LABEL=.+)$/.test(device) ? undefined : 'a mount that is not understood';

  const isHuge = /^\/dev\/(?:hugepages[\w-]*|shm)$/.test(folder);
  if (!isHuge && placeOf(folder)?.isTree === undefined)
    return 'a mount outside the places that leave the kubelet alone';
  if (/\b(?:r?bind|move|r?shared|r?slave)\b|\b(?:lower|upper|work)dir\b/.test(options))
    return 'a mount of one folder over another';
  if (!/^(?:|auto|xfs|ext[34]|nfs4?|efs|tmpfs|hugetlbfs|lustre|btrfs)$/.test(type))
    return 'a mount of a kind that is not understood';

  const isMemory = /^(?:tmpfs|hugetlbfs)$/.test(type);
  const isKnown =
    isMemory || isDevice(device) || isRemote(device) || /^(?:UUID|LABEL|PARTUUID)=["\w.\ue125-]+$/.test(device);
  if (!isKnown && !/\bremount\b/.test(options)) return 'a mount of something that is no disk';
  effects.mounts(device, folder, isMemory);
  return undefined;
}
