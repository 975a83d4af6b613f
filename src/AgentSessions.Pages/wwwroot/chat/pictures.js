// Makes a picture small enough to be part of a message: a record holds at most 1 MiB together with everything else in it.
const mostBytes = 300_000;
const longestSide = 1280;

/** A file part with the picture as data. @param {number} room how many more pictures the message takes */
export async function readPicture(file, room) {
  if (room <= 0) throw new Error("A message takes three pictures.");
  const whole = await toData(file);
  if (whole.length <= mostBytes) return part(file, whole);
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Error(`${file.name} is not a picture this browser can read.`);
  });
  for (let side = longestSide; side >= 320; side = Math.round(side / 1.5)) {
    const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const data = canvas.toDataURL("image/jpeg", 0.8);
    if (data.length <= mostBytes) return part({ name: file.name, type: "image/jpeg" }, data);
  }
  throw new Error(`${file.name} is too large.`);
}

const part = (file, url) => ({ type: "file", mediaType: file.type, filename: file.name || "picture", url });

const toData = (file) =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(new Error(`${file.name} cannot be read.`));
    reader.readAsDataURL(file);
  });
