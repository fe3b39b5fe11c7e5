import { anyObject, id, nullable, text, time } from './json-schema.js';

/** The fields of an image, whatever it belongs to. */
export const IMAGE_FIELDS = {
  id: id('Image'),
  name: text('File name'),
  type: text('MIME type'),
  description: nullable(text('Description or alternative text')),
  bucket: nullable(text('Bucket of the object storage')),
  destination: nullable(text('Key within the bucket')),
  sourceFile: nullable(text('Name of the uploaded file')),
  downloadUrl: text('Public address; may lead nowhere once the image is removed'),
  metadata: nullable(anyObject('Anything')),
  createdAt: time('Creation'),
  updatedAt: time('Last change'),
};
