using System.Text;
using System.Text.Json;

namespace AgentSessions.Protocol.UI;

/// <summary>Reads the beginning of a JSON text, as a model writes it piece by piece.</summary>
internal static class PartialJson
{
    /// <summary>The value so far; null if there is none yet or the text is no JSON.</summary>
    /// <remarks>
    /// An open string ends where the text does, a begun literal counts as whole, a number ends at its last digit, a
    /// name without a value is left out, and open objects and arrays are closed.
    /// </remarks>
    public static JsonElement? Parse(string text)
    {
        string closed = new Scanner(text).Close();
        if (closed.Length == 0)
        {
            return null;
        }

        try
        {
            return JsonElement.Parse(closed);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Finds the longest beginning that closing brackets make valid. Assumes JSON; checks nothing else.</summary>
    private sealed class Scanner(string text)
    {
        private static readonly string[] Literals = ["true", "false", "null"];

        private readonly Stack<char> _closers = [];

        // All of the text before this place is kept, followed by the tail and the closers of open brackets.
        private int _kept;
        private string _tail = "";
        private int _at;
        private bool _atName;

        public string Close()
        {
            while (_at < text.Length)
            {
                Token(text[_at]);
            }

            return new StringBuilder(text, 0, _kept, _kept + 16)
                .Append(_tail)
                .AppendJoin("", _closers)
                .ToString();
        }

        private void Token(char first)
        {
            switch (first)
            {
                case '{' or '[':
                    _closers.Push(first == '{' ? '}' : ']');
                    _atName = first == '{';
                    Keep(++_at);
                    break;
                case '}' or ']':
                    _closers.TryPop(out _);
                    _atName = false;
                    Keep(++_at);
                    break;
                case ',':
                    _atName = _closers.TryPeek(out char closer) && closer == '}';
                    _at++;
                    break;
                case ':':
                    _atName = false;
                    _at++;
                    break;
                case '"':
                    String();
                    break;
                case '-' or (>= '0' and <= '9'):
                    Number();
                    break;
                case 't' or 'f' or 'n':
                    Literal();
                    break;
                default:
                    _at++;
                    break;
            }
        }

        private void String()
        {
            int end = _at + 1;
            while (end < text.Length && text[end] != '"')
            {
                int next = end + (text[end] != '\\' ? 1 : end + 1 < text.Length && text[end + 1] == 'u' ? 6 : 2);
                if (next > text.Length)
                {
                    break;
                }

                end = next;
            }

            bool whole = end < text.Length && text[end] == '"';
            if (!_atName)
            {
                Keep(whole ? end + 1 : end, whole ? "" : "\"");
            }

            _at = whole ? end + 1 : text.Length;
        }

        private void Number()
        {
            for (; _at < text.Length && text[_at] is '-' or '+' or '.' or 'e' or 'E' or (>= '0' and <= '9'); _at++)
            {
                if (char.IsAsciiDigit(text[_at]))
                {
                    Keep(_at + 1);
                }
            }
        }

        private void Literal()
        {
            var rest = text.AsSpan(_at);
            foreach (string literal in Literals)
            {
                if (rest.StartsWith(literal))
                {
                    Keep(_at += literal.Length);
                    return;
                }

                if (literal.AsSpan().StartsWith(rest))
                {
                    Keep(_at, literal);
                    _at = text.Length;
                    return;
                }
            }

            _at++;
        }

        private void Keep(int end, string tail = "")
        {
            _kept = end;
            _tail = tail;
        }
    }
}
