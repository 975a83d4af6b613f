// Pictures of a message: uploaded beside the chat and named by their address, or part of the message where that is not possible.
import { newUuid } from "../shared/ids.js";

const mostBytes = 15_000_000; // What is uploaded; larger pictures are made smaller first.
const longestSide = 2048;
const mostInline = 300_000; // Characters of a picture inside a message: a record holds at most 1 MiB together with everything else in it.
const longestInlineSide = 1280;
const most = 8;

/** Reads a file the user chose. @param {number} taken how many pictures the message has already */
export async function readPicture(file, taken) {
  if (taken >= most) throw new Error(`A message takes ${most} pictures.`);
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Error(`${file.name} is not a picture this browser can read.`);
  });
  const blob = file.size <= mostBytes ? file : await shrink(bitmap, longestSide, file.name);
  bitmap.close();
  return { id: newUuid(), name: file.name || "picture", blob, preview: URL.createObjectURL(blob) };
}

export const dropPicture = ({ preview }) => URL.revokeObjectURL(preview);

/**
 * The file part of a picture.
 * @param {(picture: {name: string, blob: Blob}) => Promise<{url: string}>} upload
 */
export async function partOf(picture, upload) {
  const part = { type: "file", mediaType: picture.blob.type, filename: picture.name };
  try {
    return { ...part, url: (await upload(picture)).url };
  } catch (error) {
    const small = await inline(picture).catch(() => null);
    if (!small) throw error;
    return { ...part, ...small };
  }
}

/** A picture as data, as large as fits into a message. */
async function inline({ blob, name }) {
  const whole = await toData(blob);
  if (whole.length <= mostInline) return { mediaType: blob.type, url: whole };
  const bitmap = await createImageBitmap(blob);
  for (let side = longestInlineSide; side >= 320; side = Math.round(side / 1.5)) {
    const url = await toData(await shrink(bitmap, side, name));
    if (url.length <= mostInline) return { mediaType: "image/jpeg", url };
  }
  throw new Error(`${name} is too large.`);
}

async function shrink(bitmap, side, name) {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
  if (!blob) throw new Error(`${name} is too large.`);
  return blob;
}

const toData = (blob) =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(new Error("The picture cannot be read."));
    reader.readAsDataURL(blob);
  });
