/** What every AWS service of the lab speaks: the front door (aws-server.ts) has checked the SigV4 signature and parsed the protocol. */
export interface LabCall {
  readonly service: string;
  /** `ListClusters`, `SendCommand`, … */
  readonly operation: string;
  readonly accountId: string;
  readonly region: string;
  /** `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION` or `arn:aws:iam::ACCOUNT:user/NAME` */
  readonly principalArn: string;
  /** JSON body merged with path, query and header parameters, or the form of a Query call. Validated against the service model. A `Body` is a Buffer. */
  readonly input: Readonly<Record<string, unknown>>;
}

export type ServiceName =
  | 'autoscaling'
  | 'ec2'
  | 'eks'
  | 'events'
  | 'iam'
  | 'kms'
  | 'organizations'
  | 's3'
  | 'securityhub'
  | 'ssm'
  | 'states'
  | 'sts';

/** One AWS service of the lab: what it answers to each operation of its model. */
export abstract class LabService {
  /** As signatures name it. */
  abstract readonly name: ServiceName;
  /** Each answers with the operation's output (JSON, or an object that the front door writes as XML); throws LabError for what AWS refuses. */
  abstract readonly operations: Readonly<Record<string, (call: LabCall) => unknown>>;

  async handle(call: LabCall): Promise<unknown> {
    const operation = this.operations[call.operation];
    if (!operation) throw new LabError('NotImplemented', `the lab's ${this.name} has no ${call.operation}`, 501);
    return operation(call);
  }

  /** Frees what the service started. */
  async close(): Promise<void> {}
}

/** An error as AWS answers it: `code` is the wire name (`ResourceNotFoundException`). */
export class LabError extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}
