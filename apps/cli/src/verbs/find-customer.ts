import { type FoundCustomer, SearchCustomers } from '#read-models';
import { veiledText } from '../veil.js';
import { Ended, type Hands } from '../verb.js';
import type { Ask } from '../views.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The customer's id, found by id, phone, e-mail, name or any number. Throws `Ended` when it is nobody, or several. */
export const findCustomer = async ({ phrase }: Hands, ask: Ask, sought: string): Promise<string> => {
  if (UUID.test(sought)) return sought.toLowerCase();
  const { items } = await ask(SearchCustomers, { query: sought, limit: 10 });
  const [first, ...others] = items;
  if (!first) throw nobody(phrase);
  if (others.length === 0) return first.id;
  const list = items.map(({ id, name }: FoundCustomer) => `  ${id}  ${veiledText(phrase, name)}`).join('\n');
  throw new Ended(
    phrase(`Several are found; name one by its id:\n${list}`, `找到多位客户，请用编号指明其中一位：\n${list}`),
  );
};

export const nobody = (phrase: Hands['phrase']): Ended =>
  new Ended(phrase('Nobody is found by that.', '没有找到这样的客户。'));
