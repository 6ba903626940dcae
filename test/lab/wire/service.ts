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

export interface LabService {
  /** As signatures name it. */
  readonly name: ServiceName;
  /** Answers with the operation's output (JSON, or an object that the front door writes as XML); throws LabError for what AWS refuses. */
  handle(call: LabCall): Promise<unknown>;
  /** Frees what the service started. */
  close?(): Promise<void>;
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
