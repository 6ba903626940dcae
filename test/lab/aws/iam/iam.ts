import { type LabCall, LabError, LabService } from '../../wire/service.ts';
import type { StsService } from '../sts/sts.ts';

export class IamService extends LabService {
  readonly name = 'iam';
  readonly #sts: StsService;

  constructor({ sts }: { readonly sts: StsService }) {
    super();
    this.#sts = sts;
  }

  readonly operations = {
    GetRole: ({ input, accountId }: LabCall) => {
      const name = String(input['RoleName']);
      const role = this.#sts.roleNamed(accountId, name);
      if (!role) throw new LabError('NoSuchEntity', `The role with name ${name} cannot be found.`, 404);
      const { path: Path, id: RoleId, arn: Arn, createdAt } = role;
      return { Role: { Path, RoleName: name, RoleId, Arn, CreateDate: new Date(createdAt).toISOString() } };
    },
  };
}
