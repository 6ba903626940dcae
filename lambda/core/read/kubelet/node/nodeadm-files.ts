import type { NodeKind, Origin } from '../../../model/model.ts';
import type { FileFact } from '../../../model/node-facts.ts';
import type { SettingPath } from '../../../model/settings.ts';

const configFile = '/etc/kubernetes/kubelet/config.json';
const ownDropIn = /^\/etc\/kubernetes\/kubelet\/config\.json\.d\/[^/]*nodeadm\.conf$/;

/** What nodeadm's configuration file sets on every node: where one of these is in no file, that file was edited. */
const alwaysSet: ReadonlySet<SettingPath> = new Set<SettingPath>([
  'authentication.x509.clientCAFile',
  'authentication.anonymous.enabled',
  'authentication.webhook.enabled',
  'authorization.mode',
  'protectKernelDefaults',
  'serverTLSBootstrap',
  'featureGates.RotateKubeletServerCertificate',
]);

interface EditedFile {
  readonly setting: SettingPath;
  /** Where the value comes from after a restart. */
  readonly origin: Origin;
  readonly config: FileFact | undefined;
  readonly kind: NodeKind;
}

/**
 * What nodeadm does to an edit in one of its files. On Amazon Linux 2023 it rewrites them at every boot; on a hybrid node only `nodeadm init` does
 * (eks-hybrid has no unit for the boot). `undefined` elsewhere, and for other files, which it leaves alone.
 */
export function rewriteOf(edited: EditedFile): { readonly atBoot: boolean; readonly because: string } | undefined {
  if (!isOfNodeadm(edited)) return undefined;

  switch (edited.kind) {
    case 'al2023':
      return {
        atBoot: true,
        because:
          'the edit will be lost at the next boot of the node, when nodeadm writes its files anew: change the NodeConfig in the user data instead',
      };
    case 'hybrid':
      return { atBoot: false, because: 'the next nodeadm init writes its files anew: change the NodeConfig instead' };
    default:
      return undefined;
  }
}

function isOfNodeadm({ setting, origin, config }: EditedFile): boolean {
  switch (origin.from) {
    case 'file':
      return origin.file === configFile;
    case 'drop-in':
      return ownDropIn.test(origin.file);
    case 'default':
      return (
        origin.of === 'configuration file' &&
        alwaysSet.has(setting) &&
        (config?.state !== 'known' || config.path === configFile)
      );
    default:
      return false;
  }
}
