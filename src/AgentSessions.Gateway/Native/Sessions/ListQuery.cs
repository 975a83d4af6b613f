using System.Globalization;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Errors;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Native.Sessions;

/// <summary>Reads the query of a list (wire document, section 4.6).</summary>
internal static class ListQuery
{
    private const int MaxPageSize = 100;
    private const int DefaultPageSize = 20;
    private const int MaxValues = 100;
    private const int MaxPeriodDays = 36_500;

    // The last millisecond of the year 9999.
    private const long MaxMoment = 253_402_300_799_999;

    // Clients see times in milliseconds and rows have finer ones: "to" the time that a session shows includes that session.
    private static readonly TimeSpan RestOfAMillisecond = TimeSpan.FromTicks(TimeSpan.TicksPerMillisecond - 1);

    /// <exception cref="RequestRefusedException">400: a value breaks its rule.</exception>
    public static SessionQuery Read(IQueryCollection query, string environment, DateTimeOffset now)
    {
        SessionPlace? after = Cursor(query, "page[after]");
        SessionPlace? before = Cursor(query, "page[before]");
        if (after is not null && before is not null)
        {
            throw Refuse.BadRequest("page[after] and page[before] exclude each other", "page[before]");
        }

        DateTimeOffset? from = Moment(query, "filter[createdAt][from]");
        DateTimeOffset? since = Period(query, "filter[createdAt][period]") is { } period ? now - period : null;
        return new SessionQuery
        {
            Environment = environment,
            Types = Values(query, "filter[type]"),
            Tags = Values(query, "filter[tags]"),
            Agents = Values(query, "filter[taskIdentifier]"),
            ExternalIds = Values(query, "filter[externalId]"),
            Statuses = [.. Values(query, "filter[status]").Select(Status)],
            CreatedFrom = from > since || since is null ? from : since,
            CreatedTo = Moment(query, "filter[createdAt][to]") + RestOfAMillisecond,
            Now = now,
            After = after,
            Before = before,
            Limit = PageSize(query, "page[size]"),
        };
    }

    /// <summary>Values of one filter. Official clients join several with commas.</summary>
    private static string[] Values(IQueryCollection query, string name)
    {
        string[] values = [.. query[name].SelectMany(static text => text?.Split(',') ?? []).Where(static text => text.Length > 0)];
        return values.Length <= MaxValues && !values.Any(static text => text.Contains('\0'))
            ? values
            : throw Refuse.BadRequest($"{name} takes at most {MaxValues} values of text", name);
    }

    private static string? Text(IQueryCollection query, string name) =>
        query[name] switch { [] => null, [{ Length: > 0 } text] => text, [_] => null, _ => throw Refuse.BadRequest($"{name} is there twice", name) };

    private static SessionStatus Status(string text) => text switch
    {
        "ACTIVE" => SessionStatus.Active,
        "CLOSED" => SessionStatus.Closed,
        "EXPIRED" => SessionStatus.Expired,
        _ => throw Refuse.BadRequest("filter[status] takes ACTIVE, CLOSED and EXPIRED", "filter[status]"),
    };

    private static SessionPlace? Cursor(IQueryCollection query, string name) =>
        Text(query, name) is { } text
            ? SessionPlace.Parse(text) ?? throw Refuse.BadRequest($"{name} is no cursor that was handed out", name)
            : null;

    private static int PageSize(IQueryCollection query, string name)
    {
        if (Text(query, name) is not { } text)
        {
            return DefaultPageSize;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int size) && size is >= 1 and <= MaxPageSize
            ? size
            : throw Refuse.BadRequest($"{name} must be a whole number from 1 to {MaxPageSize}", name);
    }

    private static DateTimeOffset? Moment(IQueryCollection query, string name)
    {
        if (Text(query, name) is not { } text)
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long moment) && moment is >= -MaxMoment / 5 and <= MaxMoment
            ? DateTimeOffset.FromUnixTimeMilliseconds(moment)
            : throw Refuse.BadRequest($"{name} must be a time in Unix milliseconds", name);
    }

    private static TimeSpan? Period(IQueryCollection query, string name)
    {
        if (Text(query, name) is not { } text)
        {
            return null;
        }

        TimeSpan? unit = text[^1] switch
        {
            's' => TimeSpan.FromSeconds(1),
            'm' => TimeSpan.FromMinutes(1),
            'h' => TimeSpan.FromHours(1),
            'd' => TimeSpan.FromDays(1),
            'w' => TimeSpan.FromDays(7),
            _ => null,
        };
        return unit is { } one && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            && count > 0 && one.TotalDays * count <= MaxPeriodDays
                ? one * count
                : throw Refuse.BadRequest($"{name} must be a period such as 30m, 1h or 7d", name);
    }
}
