// A page as a customer writes it: the published hooks, and three addresses. Served from another origin than the server it talks to.
import { useChat } from "@ai-sdk/react";
import { useTriggerChatTransport } from "@trigger.dev/sdk/chat/react";
import { lastAssistantMessageIsCompleteWithApprovalResponses } from "ai";
import { useState } from "react";
import { createRoot } from "react-dom/client";

const query = new URLSearchParams(location.search);
const [agent, chatId, baseURL] = ["agent", "chat", "server"].map((name) => query.get(name));

const kept = {
  read: (name) => JSON.parse(localStorage.getItem(`${name}:${chatId}`)) ?? undefined,
  write: (name, value) => localStorage.setItem(`${name}:${chatId}`, JSON.stringify(value)),
};

const action = async (name, body) =>
  (await fetch(`/api/chat/${name}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) })).json();

function Page() {
  const transport = useTriggerChatTransport({
    task: agent,
    baseURL,
    accessToken: async ({ chatId }) => (await action("token", { chatId })).token,
    startSession: ({ chatId, taskId, clientData }) => action("start", { chatId, taskId, clientData }),
    sessions: kept.read("session") ? { [chatId]: kept.read("session") } : {},
    onSessionChange: (_, session) => kept.write("session", session),
  });
  const { messages, status, error, sendMessage, stop, addToolApprovalResponse } = useChat({
    id: chatId,
    transport,
    messages: kept.read("asked") ?? [],
    resume: kept.read("session")?.isStreaming === true,
    sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses,
  });
  const [text, setText] = useState("");
  const send = (event) => {
    event.preventDefault();
    kept.write("asked", [...messages, { id: "asked", role: "user", parts: [{ type: "text", text }] }]);
    void sendMessage({ text });
    setText("");
  };
  const stopAll = () => {
    void stop();
    void transport.stopGeneration(chatId);
  };
  return (
    <main>
      <p id="status">{error ? `error: ${error.message}` : status}</p>
      {messages.map((message) => (
        <article key={message.id} className={message.role}>
          {message.parts.map((part, index) =>
            part.type === "text" ? (
              <span key={index}>{part.text}</span>
            ) : part.state === "approval-requested" ? (
              <button key={index} id="approve" onClick={() => addToolApprovalResponse({ id: part.approval.id, approved: true })}>
                Approve
              </button>
            ) : null,
          )}
        </article>
      ))}
      <form onSubmit={send}>
        <input id="text" value={text} onChange={(event) => setText(event.target.value)} />
      </form>
      <button id="stop" onClick={stopAll}>
        Stop
      </button>
    </main>
  );
}

createRoot(document.querySelector("#root")).render(<Page />);
