using System.Net.Sockets;
using System.Text;
using AgentSessions.Load.Wire;

namespace AgentSessions.Load.Scenarios;

/// <summary>The addresses under load, handed out so that one session's create, append and tail cross between them.</summary>
internal sealed class Cluster : IDisposable
{
    private readonly LoadEndpoint[] _endpoints;

    public Cluster(LoadTarget target)
    {
        if (target.Addresses.Count == 0)
        {
            throw new LoadException("No address to put under load.");
        }

        _endpoints = [.. target.Addresses.Select(address => new LoadEndpoint(target, address))];
    }

    public LoadEndpoint ForCreate(int session) => At(session);

    public LoadEndpoint ForAppend(int session) => At(session + 1);

    public LoadEndpoint ForTail(int session) => At(session + 2);

    /// <summary>Creates a session, or meets it again when it exists.</summary>
    /// <exception cref="LoadException">The server refuses or cannot be reached.</exception>
    public async Task CreateAsync(int number, string session, TimeSpan? idleTimeout, CancellationToken cancellationToken)
    {
        LoadEndpoint endpoint = ForCreate(number);
        try
        {
            HttpAnswer answer = await endpoint.SendAsync(endpoint.Requests.Create(session, idleTimeout), cancellationToken).ConfigureAwait(false);
            if (answer.Status is not (200 or 201))
            {
                throw new LoadException($"Creating a session answered {answer.Status}: {Encoding.UTF8.GetString(answer.Body)}");
            }
        }
        catch (Exception failure) when (failure is IOException or SocketException)
        {
            throw new LoadException($"{endpoint.Address} cannot be reached: {failure.Message}", failure);
        }
    }

    public void Dispose()
    {
        foreach (LoadEndpoint endpoint in _endpoints)
        {
            endpoint.Dispose();
        }
    }

    private LoadEndpoint At(int index) => _endpoints[index % _endpoints.Length];
}
