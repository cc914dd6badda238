import { IsIn } from 'class-validator';
import { type FieldClass, fieldClasses } from '#kernel';
import { ByName, CODE, SomeOf, TextsByName } from '../vocabulary/rules.js';

/** What a role sees. */
export class Role {
  /** The classes of fields that are shown to it. */
  @SomeOf(fieldClasses) fields!: readonly FieldClass[];
  /** Of whose customers: those of the own `team`, or of `all`. */
  @IsIn(['team', 'all']) scope!: 'team' | 'all';
}

/** Who may what. */
export class Roles {
  /** Every role there is, by its name. */
  @ByName(Role) roles!: Readonly<Record<string, Role>>;
  /** Every action, and the roles that may; `anyone`: it asks nobody who they are. One that is not listed is refused to all. */
  @TextsByName(/^(cli:)?[A-Za-z]+([ -][a-z]+)*$/, CODE) actions!: Readonly<Record<string, readonly string[]>>;
}
