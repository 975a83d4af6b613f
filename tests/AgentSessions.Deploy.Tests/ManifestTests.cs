using AgentSessions.TestServer;
using YamlDotNet.RepresentationModel;

namespace AgentSessions.Deploy.Tests;

public sealed class ManifestTests
{
    private static readonly IReadOnlyList<YamlMappingNode> _all = Manifests.Resources(Manifests.Production);
    private static readonly YamlMappingNode _overlay = Manifests.Load(Path.Combine(Manifests.Production, "kustomization.yaml")).Single();

    private static IEnumerable<YamlNode> Pods => Of("Deployment").Select(static deployment => deployment.At("spec", "template")!);

    private static IEnumerable<YamlMappingNode> PoliciesOf(YamlNode pod) => Of("NetworkPolicy").Where(policy =>
        policy.Pairs("spec", "podSelector", "matchLabels").All(pair => pod.Pairs("metadata", "labels").GetValueOrDefault(pair.Key) == pair.Value));

    /// <summary>The manifests of a kind: at least one, or what is asked of each would be asked of none.</summary>
    private static YamlMappingNode[] Of(string kind)
    {
        YamlMappingNode[] manifests = [.. _all.Where(manifest => manifest.Text("kind") == kind)];
        Assert.NotEmpty(manifests);
        return manifests;
    }

    [Fact]
    public void EveryManifestFile_IsNamedByAKustomization_AndIsWellFormed()
    {
        foreach (string folder in new[] { Manifests.Base, Manifests.Production })
        {
            YamlMappingNode kustomization = Manifests.Load(Path.Combine(folder, "kustomization.yaml")).Single();
            IEnumerable<string> named = kustomization.Texts("resources").Concat(kustomization.Items("patches").Select(static patch => patch.Text("path")));
            IEnumerable<string> files = Directory.GetFiles(folder, "*.yaml").Select(static file => Path.GetFileName(file)).Where(static file => file != "kustomization.yaml");
            Assert.Equal(files.Order(), named.Where(static name => name.EndsWith(".yaml", StringComparison.Ordinal)).Order());
        }

        Assert.All(_all, static manifest =>
        {
            Assert.NotEmpty(manifest.Text("apiVersion"));
            Assert.NotEmpty(manifest.Text("metadata", "name"));
        });
        Assert.Distinct(_all.Select(static manifest => $"{manifest.Text("kind")}/{manifest.Text("metadata", "name")}"));
    }

    [Fact]
    public void Selectors_MatchPods()
    {
        Dictionary<string, string>[] labels = [.. Pods.Select(static pod => pod.Pairs("metadata", "labels"))];
        var selectors = Of("Service").Select(static service => service.Pairs("spec", "selector"))
            .Concat(Of("PodDisruptionBudget").Select(static budget => budget.Pairs("spec", "selector", "matchLabels")))
            .Concat(Of("NetworkPolicy").Select(static policy => policy.Pairs("spec", "podSelector", "matchLabels")))
            .Concat(Of("Deployment").Select(static deployment => deployment.Pairs("spec", "selector", "matchLabels")));

        Assert.All(selectors, selector => Assert.Single(labels, pod => selector.All(pair => pod.GetValueOrDefault(pair.Key) == pair.Value)));
    }

    [Fact]
    public void References_Resolve()
    {
        string[] maps = [.. Of("ConfigMap").Select(static map => map.Text("metadata", "name"))];
        string[] secrets = [.. _overlay.Items("secretGenerator").Select(static secret => secret.Text("name"))];
        string[] accounts = [.. Of("ServiceAccount").Select(static account => account.Text("metadata", "name"))];
        foreach (YamlNode pod in Pods)
        {
            YamlNode container = Assert.Single(pod.Items("spec", "containers"));
            Assert.Contains(pod.Text("spec", "serviceAccountName"), accounts);
            Assert.All(container.Items("envFrom"), source => Assert.Contains(source.Text("configMapRef", "name"), maps));
            Assert.All(pod.Items("spec", "volumes").Where(static volume => volume.At("secret") is not null), volume => Assert.Contains(volume.Text("secret", "secretName"), secrets));
            Assert.Equal(
                pod.Items("spec", "volumes").Select(static volume => volume.Text("name")).Order(),
                container.Items("volumeMounts").Select(static mount => mount.Text("name")).Order());
        }

        Assert.All(_overlay.Items("configMapGenerator"), map => Assert.Contains(map.Text("name"), maps));
        Assert.All(Of("HorizontalPodAutoscaler"), static scaler => Assert.Contains(Of("Deployment"), deployment =>
            deployment.Text("metadata", "name") == scaler.Text("spec", "scaleTargetRef", "name")));
    }

    [Fact]
    public void SecretFiles_AreThoseThatTheSettingsName()
    {
        Dictionary<string, string> settings = Of("ConfigMap").Single().Pairs("data");
        string[] files = [.. _overlay.Items("secretGenerator").Single().Texts("files").Select(static file => $"/secrets/{Path.GetFileName(file)}")];

        Assert.Equal(files.Order(), new[] { settings["AgentSessions__SecretKeyFile"], settings["AgentSessions__Postgres__PasswordFile"] }.Order());
        Assert.All(Pods, static pod => Assert.Contains(pod.Items("spec", "containers").Single().Items("volumeMounts"), static mount => mount.Text("mountPath") == "/secrets"));
    }

    [Fact]
    public void Ports_MatchTheSettingsAndEachOther()
    {
        Dictionary<string, string> settings = Of("ConfigMap").Single().Pairs("data");
        foreach (YamlNode pod in Pods)
        {
            Dictionary<string, string> ports = pod.Items("spec", "containers").Single().Items("ports")
                .ToDictionary(static port => port.Text("name"), static port => port.Text("containerPort"));
            Assert.Equal(settings["AgentSessions__Orleans__SiloPort"], ports["silo"]);
            Assert.Equal(settings["AgentSessions__Orleans__GatewayPort"], ports["orleans-gateway"]);
            Assert.Contains($"ASPNETCORE_HTTP_PORTS={ports["http"]}", File.ReadAllText(Path.Combine(Repository.Root, "deploy", "Dockerfile")), StringComparison.Ordinal);
            Assert.All(Of("Service").SelectMany(static service => service.Items("spec", "ports")), port => Assert.Contains(port.Text("targetPort"), ports.Keys));
        }
    }

    [Fact]
    public void Probes_NameRoutesOfTheServer()
    {
        string routes = File.ReadAllText(Path.Combine(Repository.Root, "src", "AgentSessions.Gateway", "Health", "HealthRoutes.cs"));
        foreach (YamlNode container in Pods.Select(static pod => pod.Items("spec", "containers").Single()))
        {
            foreach (string probe in new[] { "startupProbe", "readinessProbe", "livenessProbe" })
            {
                Assert.Contains($"\"{container.Text(probe, "httpGet", "path")}\"", routes, StringComparison.Ordinal);
                Assert.Equal("http", container.Text(probe, "httpGet", "port"));
            }
        }
    }

    /// <summary>Runs and turns are counted on silos, and the autoscaler goes by them.</summary>
    [Fact]
    public void Metrics_OfEveryPod_CanBeScraped()
    {
        Assert.All(Pods, static pod => Assert.Contains(PoliciesOf(pod).SelectMany(static policy => policy.Items("spec", "ingress")), static rule =>
            rule.Items("ports").Any(static port => port.Text("port") == "http")
            && (!rule.Items("from").Any() || rule.Items("from").Any(static from => from.At("namespaceSelector") is not null))));
    }

    [Fact]
    public void PortsBetweenNodes_AreOpenToTheirOwnPodsOnly()
    {
        YamlNode[] rules = [.. Of("NetworkPolicy").SelectMany(static policy => policy.Items("spec", "ingress"))
            .Where(static rule => rule.Items("ports").Any(static port => port.Text("port") != "http"))];
        Assert.NotEmpty(rules);
        Assert.All(rules, static rule => Assert.Equal(
            "agent-sessions", Assert.Single(rule.Items("from")).Text("podSelector", "matchLabels", "app.kubernetes.io/name")));
    }

    [Fact]
    public void GracePeriod_IsAboveTheDrain()
    {
        TimeSpan drain = TimeSpan.Parse(Of("ConfigMap").Single().Pairs("data")["AgentSessions__Orleans__DrainTime"], null);
        foreach (YamlNode pod in Pods)
        {
            int pause = int.Parse(pod.Items("spec", "containers").Single().Text("lifecycle", "preStop", "sleep", "seconds"), null);
            Assert.True(int.Parse(pod.Text("spec", "terminationGracePeriodSeconds"), null) >= drain.TotalSeconds + pause + 15);
        }
    }

    [Fact]
    public void Pods_RunWithoutRoot_AndKnowTheirNameAndAddress()
    {
        foreach (YamlNode pod in Pods)
        {
            YamlNode container = pod.Items("spec", "containers").Single();
            Assert.Equal("true", pod.Text("spec", "securityContext", "runAsNonRoot"));
            Assert.Equal("false", container.Text("securityContext", "allowPrivilegeEscalation"));
            string[] fields = [.. container.Items("env").Where(static entry => entry.At("valueFrom") is not null).Select(static entry => entry.Text("valueFrom", "fieldRef", "fieldPath"))];
            Assert.Equal(["metadata.name", "status.podIP"], fields.Order());
        }
    }

    /// <summary>Each apply would take back what the autoscaler has decided.</summary>
    [Fact]
    public void DeploymentThatIsScaled_NamesNoReplicas()
    {
        YamlMappingNode[] patches = [.. _overlay.Items("patches").SelectMany(static patch => Manifests.Load(Path.Combine(Manifests.Production, patch.Text("path"))))];
        Assert.All(Of("HorizontalPodAutoscaler"), scaler =>
        {
            string deployment = scaler.Text("spec", "scaleTargetRef", "name");
            IEnumerable<string> replicas = patches.Concat(Of("Deployment"))
                .Where(manifest => manifest.Text("metadata", "name") == deployment && manifest.At("spec", "replicas") is not null)
                .Select(static manifest => manifest.Text("spec", "replicas"));

            // A patch that says null takes it out.
            Assert.Equal("null", replicas.FirstOrDefault("null"));
        });
    }

    [Fact]
    public void Settings_AreKeysThatTheCodeReads()
    {
        string options = string.Concat(Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*Options.cs", SearchOption.AllDirectories).Select(File.ReadAllText));
        IEnumerable<string> keys = Of("ConfigMap").Single().Pairs("data").Keys
            .Concat(Pods.SelectMany(static pod => pod.Items("spec", "containers").Single().Items("env").Select(static entry => entry.Text("name"))))
            .Where(static key => key.StartsWith("AgentSessions__", StringComparison.Ordinal));

        Assert.All(keys, key => Assert.Contains($" {key.Split("__")[^1]} {{ get;", options, StringComparison.Ordinal));
    }
}
