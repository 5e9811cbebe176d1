/** The JSON Schema of a request file: what the workflow takes, and what the command takes beside it. */
import { requestJsonSchema } from '../contract/request.ts';

export function requestFileSchema(): object {
  const schema = structuredClone(requestJsonSchema()) as Schema;
  const { green } = schema.properties;
  return {
    ...schema,
    title: 'Request of a kafka-bluegreen deployment',
    properties: {
      $schema: { type: 'string', description: 'For editors; it is not sent.' },
      ...schema.properties,
      green: {
        ...green,
        properties: {
          ...green?.properties,
          templateFile: {
            type: 'string',
            description: 'A local template, by its path from this file; it is sent as templateBody.',
          },
        },
      },
    },
  };
}

interface Schema {
  readonly properties: Readonly<Record<string, Partial<Schema>>>;
}
