using System.Buffers;
using System.Text.Json;

namespace AgentSessions.Protocol.UI;

/// <summary>Writes one JSON object field by field; an absent (null) value leaves its field out. Allocates nothing.</summary>
internal ref struct JsonObjectWriter
{
    private readonly IBufferWriter<byte> _output;
    private bool _any;

    public JsonObjectWriter(IBufferWriter<byte> output)
    {
        _output = output;
        output.Write("{"u8);
    }

    public void String(ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            Name(name);
            JsonText.WriteString(_output, value);
        }
    }

    public void Bool(ReadOnlySpan<byte> name, bool? value)
    {
        if (value is { } present)
        {
            Name(name);
            _output.Write(present ? "true"u8 : "false"u8);
        }
    }

    public void Json(ReadOnlySpan<byte> name, JsonElement? value)
    {
        if (value is { } present)
        {
            Name(name);
            JsonText.WriteElement(_output, present);
        }
    }

    public void Extra(ExtraFields? fields)
    {
        if (fields is null)
        {
            return;
        }

        for (int i = 0; i < fields.Count; i++)
        {
            var field = fields[i];
            _output.Write(_any ? ","u8 : default);
            _any = true;
            JsonText.WriteString(_output, field.Key);
            _output.Write(":"u8);
            JsonText.WriteElement(_output, field.Value);
        }
    }

    /// <summary>Starts a field that holds an object; the caller ends it before writing on.</summary>
    public JsonObjectWriter Object(ReadOnlySpan<byte> name)
    {
        Name(name);
        return new JsonObjectWriter(_output);
    }

    /// <summary>Starts a field whose value the caller writes to the same output.</summary>
    public void Name(ReadOnlySpan<byte> name)
    {
        _output.Write(_any ? ",\""u8 : "\""u8);
        _any = true;
        _output.Write(name);
        _output.Write("\":"u8);
    }

    public readonly void End() => _output.Write("}"u8);
}
