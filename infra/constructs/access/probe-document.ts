import { CfnDocument } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { probeDocumentName } from '../../../lambda/contract/names.ts';
import { kubeletProbeDocument } from '../../documents/probe/kubelet-probe.ts';

/** The parameterless SSM document that reads a node's kubelet: the only thing that the audit can run on a node. */
export class ProbeDocument extends Construct {
  readonly name = probeDocumentName;

  constructor(scope: Construct, id: string) {
    super(scope, id);

    new CfnDocument(this, 'Document', {
      name: this.name,
      documentType: 'Command',
      documentFormat: 'JSON',
      // Instances and hybrid nodes alike.
      targetType: '/',
      content: kubeletProbeDocument(),
      // The newest version becomes the default one; a replacement would fail on the fixed name.
      updateMethod: 'NewVersion',
    });
  }
}
