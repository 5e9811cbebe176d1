/** Upserts the search attributes that exist on the namespace, and only when a value changed: each upsert is an event of the history. */
import { upsertSearchAttributes } from '@temporalio/workflow';
import { searchAttributeKeys } from '../contract/search-attributes.ts';

type Values = Readonly<Record<(typeof searchAttributeKeys)[number]['of'], string>>;

export class SearchAttributes {
  #registered: ReadonlySet<string> = new Set();
  readonly #published = new Map<string, string>();

  /** The names that the worker found or made on the namespace; any other would fail every workflow task. */
  use(registered: readonly string[]): void {
    this.#registered = new Set(registered);
  }

  publish(values: Values): void {
    const changed = searchAttributeKeys
      .filter(
        ({ attribute, of }) =>
          this.#registered.has(attribute.name) && this.#published.get(attribute.name) !== values[of],
      )
      .map(({ attribute, of }) => ({ key: attribute, value: values[of] }));
    if (changed.length === 0) return;
    for (const { key, value } of changed) this.#published.set(key.name, value);
    upsertSearchAttributes(changed);
  }
}
