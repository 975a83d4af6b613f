// Where the user writes: text, pictures, send and stop.
import { byId, h, iconButton } from "../shared/dom.js";
import { showList } from "../shared/lists.js";
import { dropPicture, readPicture } from "./pictures.js";

export class Composer {
  #pictures = [];

  /** @param {{send: (parts: object[], pictures: object[]) => void, stop: () => void, say: (text: string) => void}} actions */
  constructor(actions) {
    this.actions = actions;
    this.form = byId("composer");
    this.text = byId("text");
    this.button = byId("send");
    this.stopButton = byId("stop");
    this.shelf = byId("pictures");
    this.file = byId("file");
    this.#wire();
  }

  /** Fits what can be done to how the chat stands. */
  show({ status, isClosed, isStopping }) {
    this.isClosed = isClosed;
    this.stopButton.hidden = status !== "streaming";
    this.stopButton.disabled = isStopping;
    this.text.placeholder = isClosed ? "This chat is closed" : status === "streaming" ? "Write into the answer…" : "Write a message…";
    this.text.disabled = isClosed;
    byId("attach").disabled = isClosed;
    this.#check();
  }

  focus() {
    // On a phone the keyboard would cover what one wants to read.
    if (matchMedia("(hover: hover)").matches) this.text.focus();
  }

  /** Puts back what could not be sent; what was typed meanwhile stays. */
  fill(text, pictures) {
    this.text.value = [text, this.text.value].filter(Boolean).join("\n");
    this.#pictures = [...pictures, ...this.#pictures];
    this.#shelve();
    this.#grow();
    this.#check();
  }

  #wire() {
    this.form.addEventListener("submit", (event) => (event.preventDefault(), this.#send()));
    this.text.addEventListener("input", () => (this.#grow(), this.#check()));
    this.text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) (event.preventDefault(), this.#send());
    });
    this.stopButton.addEventListener("click", () => this.actions.stop());
    byId("attach").addEventListener("click", () => this.file.click());
    this.file.addEventListener("change", () => (this.#attach(this.file.files), (this.file.value = "")));
    this.text.addEventListener("paste", (event) => this.#attach(event.clipboardData.files));
    document.addEventListener("dragover", (event) => event.preventDefault());
    document.addEventListener("drop", (event) => (event.preventDefault(), this.#attach(event.dataTransfer.files)));
  }

  #send() {
    const text = this.text.value.trim();
    if (this.isClosed || (text === "" && this.#pictures.length === 0)) return;
    const pictures = this.#pictures;
    this.#pictures = [];
    this.text.value = "";
    this.#shelve();
    this.#grow();
    this.#check();
    this.actions.send(text ? [{ type: "text", text }] : [], pictures);
  }

  async #attach(files) {
    for (const file of files) {
      if (!file.type.startsWith("image/")) continue;
      try {
        this.#pictures.push(await readPicture(file, this.#pictures.length));
      } catch (error) {
        this.actions.say(error.message);
      }
    }
    this.#shelve();
    this.#check();
  }

  #shelve() {
    this.shelf.hidden = this.#pictures.length === 0;
    showList(this.shelf, this.#pictures, { key: ({ id }) => id, sign: ({ id }) => id, make: (picture) =>
      h("li", {}, h("img", { src: picture.preview, alt: picture.name }), iconButton("close", `Remove ${picture.name}`, () => {
        this.#pictures = this.#pictures.filter((other) => other !== picture);
        dropPicture(picture);
        this.#shelve();
        this.#check();
        this.text.focus();
      })) });
  }

  #grow() {
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(this.text.scrollHeight, 220)}px`;
  }

  #check() {
    this.button.disabled = this.isClosed || (this.text.value.trim() === "" && this.#pictures.length === 0);
  }
}
